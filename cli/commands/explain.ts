/** `explain`: reads one account now and says how it is judged and what a sweep would do. Changes and records nothing. */

import { Command } from "commander";
import { enforceable } from "../../lib/enforcement.ts";
import { WardenError } from "../../lib/errors.ts";
import {
  type Directory,
  type Fact,
  type FactName,
  type Facts,
  type Guards,
  type Judgement,
  NOT_ASKED,
  type Past,
  type Subject,
} from "../../lib/model.ts";
import { bindingRule, decide } from "../../lib/policy/decide.ts";
import type { Policy } from "../../lib/policy/schema.ts";
import { splitAccount } from "../account.ts";
import { type Input, readInput } from "../input.ts";
import { clock, hasRecords, openRecords, using } from "../laptop.ts";
import { acting, type PolicyOptions, withPolicy } from "../options.ts";
import { results } from "../output.ts";
import { bold, dim, type Piece, yellow } from "../print.ts";
import { verdictPiece, verdictText } from "../summary.ts";

const DEADLINE_MS = 60_000;

interface Explained {
  readonly directory: string;
  readonly subject: Subject;
  readonly judgement: Judgement;
  /** What a sweep in mode enforce would do, in one sentence. */
  readonly sweep: string;
}

export const explainCommand = (): Command =>
  withPolicy(new Command("explain"))
    .description("Reads one account now: its facts, the rule that binds it, the verdict and why, what a sweep would do")
    .argument("<directory/account>", "by the vendor's id, or by the exact user name")
    .action(acting(explain));

async function explain(name: string, options: PolicyOptions): Promise<number> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const { directory, account } = splitAccount(name);
  const input = await readInput({ ...options, directory: [directory] }, clock, signal);
  const opened = await input.open(directory, signal);
  const subject = await readWhole(opened, directory, account, signal);
  const { past, guards } = await lookUp(options, directory, subject.id, signal);
  const judgement = decide(subject, directory, input.policy, past, clock());
  const sweep = whatNext(input.policy, directory, opened, subject, judgement, guards);
  const explained = { directory, subject, judgement, sweep };
  if (options.json)
    results.json({ ...explained, verdict: verdictText(judgement), rule: bindingRule(input.policy, judgement) ?? null });
  else show(explained, input);
  return 0;
}

/** With every fact that can be asked for. */
async function readWhole(opened: Directory, directory: string, account: string, signal: AbortSignal): Promise<Subject> {
  const subject = (await opened.read(account, signal)) ?? (await readByName(opened, account, signal));
  if (!subject)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `${directory} has no account with the id or the exact user name ${account}.`,
    );
  const lacking = namesOf(subject.facts).filter((name) => subject.facts[name] === NOT_ASKED);
  if (!opened.complete || lacking.length === 0) return subject;
  return (await opened.complete([subject], lacking, signal))[0] ?? subject;
}

async function readByName(opened: Directory, username: string, signal: AbortSignal): Promise<Subject | undefined> {
  const id = await opened.find?.(username, signal);
  return id === undefined ? undefined : opened.read(id, signal);
}

/** What the ledger remembers; without one the account is seen for the first time. */
async function lookUp(
  options: PolicyOptions,
  directory: string,
  id: string,
  signal: AbortSignal,
): Promise<{ past: Past; guards: Guards }> {
  const fresh = { firstSeenAt: new Date(clock()).toISOString() };
  if (!hasRecords(options)) return { past: fresh, guards: {} };
  return using(await openRecords(options, signal), async ({ ledger }) => ({
    past: (await ledger.states(directory, [id])).get(id) ?? fresh,
    guards: await ledger.guards(directory),
  }));
}

function whatNext(
  policy: Policy,
  id: string,
  directory: Directory,
  subject: Subject,
  judgement: Judgement,
  guards: Guards,
): string {
  if (judgement.verdict === "unknown")
    return "Report it as unknown, and change nothing: what is not known is not acted upon.";
  if (judgement.verdict !== "violating") return "Change nothing.";
  const { enabled, devices } = subject.facts;
  const rule = bindingRule(policy, judgement);
  const report = (why: string) => `Report it, and change nothing: ${why}.`;
  if (enabled.known && enabled.value) return report("MFA is on, and only the person can register a device");
  if (rule?.enforce === "never") return report(`rule "${rule.name}" says enforce: never`);
  if (!directory.enforce) return report("this vendor's accounts can only be observed");
  if (!enforceable(policy, judgement, subject)) return report("whether MFA is on is not known");
  if (policy.directories.find((one) => one.id === id)?.mode !== "enforce")
    return report("the directory's mode is observe");
  const usable = devices.known && devices.value.some((device) => device.usable);
  if (!usable && rule?.withoutDevice !== "enforce")
    return report("there is no usable device, and switched on now this person could not sign in (needs-user)");
  if (guards.halted !== undefined) return report(`changes are halted: ${guards.halted}`);
  return "Switch MFA on, when run with --mode enforce, and read back whether it took.";
}

function show({ directory, subject, judgement, sweep }: Explained, { policy }: Input): void {
  const { facts } = subject;
  const rule = bindingRule(policy, judgement);
  results.line(bold(subject.username), dim(`  ${directory}/${subject.id}`));
  results.line();
  results.table(
    [{ head: "fact" }, { head: "value" }],
    namesOf(facts).map((name) => [name, factPiece(facts[name])]),
  );
  results.line();
  results.table(
    [{ head: "judged" }, { head: "" }],
    [
      ["verdict", verdictPiece(judgement)],
      ["why", judgement.why],
      ["rule", rule ? `${rule.name}: requires ${rule.require}, enforce ${rule.enforce}` : "none"],
      ...optional("until", judgement.until),
      ...optional(
        "exemption",
        judgement.exemption && `${judgement.exemption}${judgement.exemptionNeedless ? " (not needed)" : ""}`,
      ),
      ["a sweep would", sweep],
    ],
  );
}

const optional = (name: string, value: string | undefined): Piece[][] => (value === undefined ? [] : [[name, value]]);
const namesOf = (facts: Facts) => Object.keys(facts).filter((name): name is FactName => name in facts);

function factPiece(fact: Fact<unknown>): Piece {
  return fact.known ? factText(fact.value) : yellow(`not known: ${fact.why}`);
}

function factText(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? "none" : value.map(itemText).join(", ");
}

const itemText = (item: unknown): string =>
  typeof item === "object" && item !== null && "method" in item && "usable" in item
    ? `${item.method}${item.usable ? "" : " (not usable)"}`
    : String(item);
