/** What `init` wrote, what is left to fill in, and the next three commands. */

import { dirname, join } from "node:path";
import { shellWord } from "../../lib/notice/index.ts";
import { commandLine } from "../terminal/command-text.ts";
import { results } from "../terminal/output.ts";
import { bold, green } from "../terminal/piece.ts";
import type { TenantView } from "./meet-tenant.ts";
import { type Answers, templateOf } from "./template.ts";

export interface WrittenFiles {
  readonly policy: string;
  /** The secrets file, or where there is no secret yet the example of it. */
  readonly secrets?: string;
  readonly gitIgnore: boolean;
}

/** @param view `undefined` where the vendor was not asked */
export function showNext(written: WrittenFiles, { vendor, own }: Answers, view: TenantView | undefined): void {
  const { policy, secrets, gitIgnore } = written;
  if (view)
    results.line(green("The credential works"), view.accounts === undefined ? "." : `: ${view.accounts} accounts.`);
  results.line("Wrote ", bold(policy), ...(secrets === undefined ? ["."] : [" and ", bold(secrets), "."]));
  if (gitIgnore) results.line("Its .gitignore keeps secrets.json and .mfa-warden out of git.");
  results.line();
  const unanswered = Object.entries(templateOf(vendor).questions).filter(([name, { usual }]) => own[name] === usual);
  if (unanswered.length > 0 && view === undefined)
    results.line(`Correct ${unanswered.map(([name]) => name).join(", ")} in ${policy}: these are only examples.`);
  const filledIn = join(dirname(policy), "secrets.json");
  if (secrets !== undefined && secrets !== filledIn) {
    results.line("Copy the secrets file, fill it in, and let nobody else read it:");
    results.line(`  cp ${shellWord(secrets)} ${shellWord(filledIn)} && chmod 600 ${shellWord(filledIn)}`);
  }
  results.line("Then check the connection, see what a sweep would do, and read the report:");
  const named = `--policy ${shellWord(policy)} --secrets ${shellWord(filledIn)}`;
  const isFound = policy === join(process.cwd(), "policy.yaml");
  for (const [command, options] of [
    ["doctor", named],
    ["sweep", named],
    ["report", ""],
  ] as const)
    results.line(`  ${commandLine(isFound || options === "" ? command : `${command} ${options}`)}`);
}
