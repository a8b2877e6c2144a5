/** Says under the counts of a directory why planned changes are not enforced, and which command helps. */

import type { Change, DirectoryRecord, Ledger } from "../../lib/model/index.ts";
import { shellWord } from "../../lib/notice/index.ts";
import type { Policy } from "../../lib/policy/index.ts";
import { ADVICE, REMEDIATION_TEXTS, type Remediation, remediationClassifier } from "../../lib/report/index.ts";
import { bold, dim } from "../terminal/piece.ts";
import type { Screen } from "../terminal/print.ts";

/** Changes that came to the same, for the same reason. */
interface ChangeReason {
  readonly remediation: Remediation;
  readonly why: string;
  readonly first: Change;
  count: number;
}

const MAX_SHOWN = 5;
/** Of a plan, however many reasons there are in it. */
const MAX_KINDS = 200;

/** Nothing where every planned change is enforced. @param policy tells a directory in mode observe from a run that only looks */
export async function showChangeReasons(
  screen: Screen,
  record: DirectoryRecord,
  ledger: Pick<Ledger, "listChanges">,
  policy: Policy | undefined,
): Promise<void> {
  const { planned, enforced, reverted } = record.changes;
  if (planned === enforced + reverted) return;
  const reasons = await collectReasons(record, ledger, policy);
  for (const { remediation, why, first, count } of reasons.slice(0, MAX_SHOWN)) {
    const { what, command } = ADVICE[remediation];
    screen.line("    ", bold(count), ` ${REMEDIATION_TEXTS[remediation]}${why === "" ? "" : `: ${why}`}`);
    if (command !== undefined) screen.line(dim(`      ${what} ${namedCommand(command, record, first)}`));
  }
  if (reasons.length > MAX_SHOWN)
    screen.line(dim(`    and ${reasons.length - MAX_SHOWN} more reasons; \`plan ${record.run}\` shows each change`));
}

async function collectReasons(
  record: DirectoryRecord,
  ledger: Pick<Ledger, "listChanges">,
  policy: Policy | undefined,
): Promise<ChangeReason[]> {
  const classify = remediationClassifier(record, policy);
  const reasons = new Map<string, ChangeReason>();
  for await (const changes of ledger.listChanges(record.run, record.id))
    for (const change of changes) {
      const { outcome, why = "", rule, directory } = change;
      if (outcome === "enforced" || outcome === "reverted") continue;
      const row = { verdict: "violating", rule, directory, outcome, outcomeWhy: why, planned: true } as const;
      const remediation = classify(row);
      const key = `${remediation}\0${why}`;
      const known = reasons.get(key);
      if (known) known.count++;
      else if (reasons.size < MAX_KINDS) reasons.set(key, { remediation, why, first: change, count: 1 });
    }
  return [...reasons.values()].toSorted((a, b) => b.count - a.count);
}

/** With the names of this directory and run, and of the first account in place of any. */
const namedCommand = (command: string, { id, run }: DirectoryRecord, { username }: Change): string =>
  `\`${command
    .replace("DIRECTORY/ACCOUNT", () => shellWord(`${id}/${username}`))
    .replace("RUN", run)
    .replace("TEXT", "…")}\``;
