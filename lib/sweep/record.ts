/** The record of a sweep: what it found out, and the status that its problems give it. */
import type { Code } from "../errors.ts";
import { type DirectoryRecord, directoryRecord, type Problem, type RunStatus, worstStatus } from "../model/index.ts";
import { directoryConfig, mayChange } from "../policy/index.ts";
import type { SweepContext } from "./context.ts";
import { listedCount, readCount, type SweepState } from "./state.ts";

/** What a problem makes of the run; any other code leaves it `incomplete`. */
const STATUS_BY_CODE: Partial<Record<Code, RunStatus>> = {
  ERR_READ_TOTAL: "completed",
  ERR_READ_COVERAGE: "completed",
  ERR_RULE_NAME: "completed",
  ERR_EXEMPTION_ENDS: "completed",
  ERR_BREAK_GLASS: "completed",
  ERR_PLAN_CAUTION: "completed",
  ERR_PLAN_FROZEN: "completed",
  ERR_PLAN_RECENT: "completed",
  ERR_PEOPLE_KEY: "completed",
  ERR_NOTICE_FAILED: "completed",
  ERR_NOTICE_UNAVAILABLE: "completed",
  ERR_LIMIT_EXEMPTIONS: "completed",
  ERR_LIMIT_RUN: "awaiting-approval",
  ERR_LIMIT_DAY: "awaiting-approval",
  ERR_WAVE_HALTED: "halted",
  ERR_CHANGES_HALTED: "halted",
  ERR_POLICY_CHANGED: "halted",
  ERR_LEASE_HELD: "refused",
  ERR_PLAN_STALE: "refused",
  ERR_LEASE_LOST: "failed",
  ERR_SECRET_MISSING: "failed",
  ERR_SECRET_INVALID: "failed",
  ERR_SECRET_UNAVAILABLE: "failed",
  ERR_VENDOR_AUTH: "failed",
  ERR_VENDOR_DENIED: "failed",
  ERR_PLAN_MISMATCH: "failed",
  ERR_RUN_DIED: "failed",
  ERR_LEDGER_UNAVAILABLE: "failed",
  ERR_EVIDENCE_UNAVAILABLE: "failed",
  ERR_EVIDENCE_ALTERED: "failed",
  ERR_SIGNER_UNAVAILABLE: "failed",
  ERR_INTERNAL: "failed",
};

/** Whether people should know of it, and nothing is wrong with the run. */
export const isNote = ({ code }: Problem): boolean => STATUS_BY_CODE[code as Code] === "completed";

/** @param isApplied whether the plan would be applied: where it is not, what limits it is only worth knowing */
function statusOf(problems: readonly Problem[], isApplied: boolean): RunStatus {
  const status = worstStatus(problems.map(({ code }) => STATUS_BY_CODE[code as Code] ?? "incomplete"));
  return status === "awaiting-approval" && !isApplied ? "completed" : status;
}

export function sweepRecord({ ports, order }: SweepContext, state: SweepState): DirectoryRecord {
  const { totals, departed } = state;
  const { run, directory: id, mode } = order;
  const identity = {
    run,
    id,
    vendor: directoryConfig(ports.policy, id)?.vendor ?? "unknown",
    status: statusOf(state.problems, mayChange(ports.policy, id, mode)),
    mode,
  };
  return directoryRecord(identity, {
    read: readCount(state),
    listed: state.absent > 0 ? listedCount(state) : undefined,
    total: totals.length > 0 ? Math.min(...totals) : undefined,
    plan: state.plan,
    verdicts: state.verdicts,
    after: state.after,
    changes: state.changes,
    facts: state.facts,
    problems: state.problems,
    duplicates: state.duplicates,
    shards: shardsOf(state),
    departed: departed.confirmed + departed.unconfirmed,
    violatingAdministrators: state.administrators,
  });
}

/** `undefined`: it was listed as a whole, and not because of a doubt. */
function shardsOf({ shards, doubt }: SweepState): DirectoryRecord["shards"] {
  if (doubt !== undefined) return { count: 0, doubt };
  const [longest] = shards?.toSorted((a, b) => b.read - a.read) ?? [];
  return shards && longest && { count: shards.length, longest: { id: longest.id, accounts: longest.read } };
}
