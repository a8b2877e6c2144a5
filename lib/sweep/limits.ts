/** Whether a plan stays within the policy's limits. Pure. */
import type { UsedLimit } from "../enforcement/index.ts";
import type { Problem } from "../model/index.ts";
import type { Policy } from "../policy/index.ts";
import { countProblem } from "./problem.ts";

/** What one execution can apply within the engine's 3,000 operations. */
const MAX_CHANGES_PER_EXECUTION = 50_000;

export interface PlanCounts {
  readonly directory: string;
  /** Changes to make; those whose outcome is clear already are none. */
  readonly planned: number;
  /** Accounts read that a rule binds. */
  readonly inScope: number;
  readonly exempt: number;
  /** Accounts that the policy names by id and that have another user name now. */
  readonly renamed: number;
  /** The first of them: user name and id. */
  readonly renamedNames: readonly string[];
  /** Accounts that are not changed because somebody else has changed them a moment ago. */
  readonly recent: number;
  /** Of the last 24 hours, over sweeps and events. */
  readonly used: readonly UsedLimit[];
}

/** `over`: the plan waits for approval. `notes`: people should know, and nothing stops. */
export function checkLimits(
  limits: Policy["limits"],
  counts: PlanCounts,
): { readonly over: Problem[]; readonly notes: Problem[] } {
  return {
    over: [overRunLimit(limits, counts), overDayLimit(counts)].filter((problem) => problem !== undefined),
    notes: [tooManyExempt(limits, counts), renamedAccounts(counts), recentChanges(counts)].filter(
      (problem) => problem !== undefined,
    ),
  };
}

const percentOf = (count: number, percent: number) => Math.floor((count * percent) / 100);

function overRunLimit({ changesPerRun }: Policy["limits"], counts: PlanCounts): Problem | undefined {
  const { directory, planned, inScope } = counts;
  const share = percentOf(inScope, changesPerRun.percent);
  const allowed = Math.max(1, Math.min(MAX_CHANGES_PER_EXECUTION, changesPerRun.count, share));
  if (planned <= allowed) return undefined;
  return countProblem(
    "ERR_LIMIT_RUN",
    directory,
    `${planned} changes are planned for ${directory} and a run may make ${allowed}; the plan waits: approve it, or narrow the rules or raise limits.changesPerRun.`,
  );
}

/** The one of which the least is left. */
function overDayLimit({ directory, planned, used }: PlanCounts): Problem | undefined {
  const leftOf = ({ limit, spent }: UsedLimit) => Math.max(0, limit - spent);
  const [tightest] = used.toSorted((a, b) => leftOf(a) - leftOf(b));
  if (!tightest || planned <= leftOf(tightest)) return undefined;
  return countProblem(
    "ERR_LIMIT_DAY",
    directory,
    `${planned} changes are planned for ${directory} and ${leftOf(tightest)} are left for today; sweep again tomorrow or raise ${tightest.key}.`,
  );
}

function tooManyExempt({ exemptions }: Policy["limits"], counts: PlanCounts): Problem | undefined {
  const { directory, inScope, exempt } = counts;
  const wanted = percentOf(inScope, exemptions.percent);
  if (exempt <= wanted) return undefined;
  return countProblem(
    "ERR_LIMIT_EXEMPTIONS",
    directory,
    `${exempt} accounts of ${directory} are exempt and the policy wants at most ${wanted}; end some exemptions.`,
  );
}

function renamedAccounts({ directory, renamed, renamedNames }: PlanCounts): Problem | undefined {
  if (renamed === 0) return undefined;
  const more = renamed - renamedNames.length;
  const named = [...renamedNames, ...(more > 0 ? [`${more} more`] : [])].join(", ");
  return countProblem(
    "ERR_RULE_NAME",
    directory,
    `${renamed} accounts of ${directory} are named in the policy and have another user name now: ${named}. Check who they are.`,
  );
}

function recentChanges({ directory, recent }: PlanCounts): Problem | undefined {
  if (recent === 0) return undefined;
  return countProblem(
    "ERR_PLAN_RECENT",
    directory,
    `${recent} accounts of ${directory} were changed by somebody in the last ten minutes, or at a time that cannot be read; the next sweep looks at them again.`,
  );
}
