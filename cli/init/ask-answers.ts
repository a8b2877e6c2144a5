/** The answers that a policy is written from: of flags, of a person, or the usual ones. */

import { vendors } from "../../lib/directories/index.ts";
import { WardenError } from "../../lib/errors.ts";
import { omitUndefined } from "../../lib/model/index.ts";
import type { Interview } from "../terminal/interview.ts";
import { type Answers, templateOf } from "./template.ts";
import type { Question } from "./vendor-template.ts";

/** Answers by the name of the question. */
export type Flags = Readonly<Record<string, string | undefined>>;

/** Asked whatever the vendor; the vendor's own questions come between. */
const COMMON: Readonly<Record<"id" | "vendor" | "mode", Question>> = {
  id: { ask: "Your name for the directory", usual: "workforce" },
  vendor: { ask: `Vendor (${Object.keys(vendors).join(", ")})`, usual: "pingone" },
  mode: { ask: "Mode (observe: only report; enforce: also change what is wrong)", usual: "observe" },
};

/** What the flags say, and the usual answers to the rest. */
export function withDefaults(flags: Flags): Answers {
  const [id, vendor] = [flags.id ?? COMMON.id.usual, flags.vendor ?? COMMON.vendor.usual];
  const own: [string, string][] = Object.entries(templateOf(vendor).questions).map(([name, { usual }]) => [
    name,
    flags[name] ?? usual,
  ]);
  const { mode = COMMON.mode.usual, endpoints } = flags;
  return omitUndefined({ id, vendor, mode, own: Object.fromEntries(own), endpoints });
}

/** What is wrong with a policy of these answers. */
type ProblemIn = (answers: Answers) => string | undefined;

/** Asks for what no flag says, one thing after the other, and at once again where the answer is wrong. */
export async function askAnswers(flags: Flags, interview: Interview, problemIn: ProblemIn): Promise<Answers> {
  const put = (name: string, { ask, usual }: Question, answersWith: (text: string) => Answers) =>
    flags[name] ?? interview.ask(ask, { usual, problemOf: (text) => problemIn(answersWith(text)) });
  const id = await put("id", COMMON.id, (text) => withDefaults({ ...flags, id: text }));
  const vendor = await put("vendor", COMMON.vendor, (text) => withDefaults({ ...flags, id, vendor: text }));
  let answers = withDefaults({ ...flags, id, vendor });
  for (const [name, question] of Object.entries(templateOf(vendor).questions)) {
    const before = answers;
    const answersWith = (text: string): Answers => ({ ...before, own: { ...before.own, [name]: text } });
    answers = answersWith(await put(name, question, answersWith));
  }
  return { ...answers, mode: await put("mode", COMMON.mode, (mode) => ({ ...answers, mode })) };
}

/** Where nobody can be asked, what has no usual answer must be a flag. Throws `ERR_INPUT_INVALID`. */
export function needFlags(flags: Flags): void {
  const names = Object.keys(templateOf(flags.vendor ?? COMMON.vendor.usual).questions);
  const [first] = names;
  if (first === undefined || flags[first] !== undefined) return;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `This is no terminal, so nothing can be asked. Give --${names.join(", --")}, or --yes for a file with examples.`,
  );
}
