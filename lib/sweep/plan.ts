/** The plan of one directory: its hash, and whether it stays within the policy's limits. */
import { createHash } from "node:crypto";
import { type Code, problemOf, WardenError } from "../errors.ts";
import type { Change, Ledger, Problem } from "../model/index.ts";
import type { Policy } from "../policy/index.ts";
import type { Cautions } from "./state.ts";

/** What one execution can apply within the engine's 3,000 operations. */
const MOST_CHANGES = 50_000;

/** Changes of a try that died are in the ledger and do not count. */
export const isCounted = (authors: readonly string[], change: Change): boolean =>
  authors[change.step] === change.author;

/**
 * SHA-256 over every planned change with the facts it rests on, in the order of ids: what an approval names.
 * Throws `ERR_PLAN_MISMATCH` when the ledger holds another number of changes than the steps counted.
 */
export async function hashPlan(
  ledger: Ledger,
  run: string,
  directory: string,
  authors: readonly string[],
  planned: number,
): Promise<string> {
  const hash = createHash("sha256");
  let found = 0;
  for await (const changes of ledger.listChanges(run, directory))
    for (const change of changes.filter((one) => isCounted(authors, one))) {
      found++;
      hash.update(
        `${JSON.stringify([change.id, change.username, change.rule, change.requirement, Object.entries(change.before).sort()])}\n`,
      );
    }
  if (found === planned) return hash.digest("hex");
  const message = `The ledger holds ${found} planned changes for ${directory} and the sweep counted ${planned}; nothing was changed, sweep again.`;
  throw new WardenError("ERR_PLAN_MISMATCH", message);
}

/** Notes for people: what each change would bring with it, and how many more there are. */
export function cautionNotes(directory: string, { shown, count }: Cautions): Problem[] {
  const note = (message: string) => problemOf(new WardenError("ERR_PLAN_CAUTION", message), directory);
  const more = count - shown.length;
  const rest = more > 0 ? [note(`${more} more changes of ${directory} have such a caution.`)] : [];
  return [...shown.map(note), ...rest];
}

interface Counts {
  readonly directory: string;
  readonly planned: number;
  /** Accounts read that a rule binds. */
  readonly inScope: number;
  readonly exempt: number;
  readonly renamed: number;
  /** Changes of the last 24 hours, over sweeps and events. */
  readonly spent: number;
}

/** `over`: the plan waits for approval. `notes`: people should know, and nothing stops. */
export function checkLimits(
  limits: Policy["limits"],
  counted: Counts,
): { readonly over: Problem[]; readonly notes: Problem[] } {
  const { directory, planned, inScope, exempt, spent, renamed } = counted;
  const perRun = Math.max(
    1,
    Math.min(MOST_CHANGES, limits.changesPerRun.count, Math.floor((inScope * limits.changesPerRun.percent) / 100)),
  );
  const left = Math.max(0, limits.changesPerDay - spent);
  const mostExempt = Math.floor((inScope * limits.exemptions.percent) / 100);
  const say = (holds: boolean, code: Code, message: string): Problem[] => (holds ? [{ code, directory, message }] : []);
  return {
    over: [
      ...say(
        planned > perRun,
        "ERR_LIMIT_RUN",
        `${planned} changes are planned for ${directory} and a run may make ${perRun}; the plan is kept; narrow the rules or raise limits.changesPerRun.`,
      ),
      ...say(
        planned > left,
        "ERR_LIMIT_DAY",
        `${planned} changes are planned for ${directory} and ${left} are left for today; sweep again tomorrow or raise limits.changesPerDay.`,
      ),
    ],
    notes: [
      ...say(
        exempt > mostExempt,
        "ERR_LIMIT_EXEMPTIONS",
        `${exempt} accounts of ${directory} are exempt and the policy wants at most ${mostExempt}; end some exemptions.`,
      ),
      ...say(
        renamed > 0,
        "ERR_RULE_NAME",
        `${renamed} accounts of ${directory} are named in the policy and have another user name now; check who they are.`,
      ),
    ],
  };
}
