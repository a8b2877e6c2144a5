/** The room of one change: claim, read, guards, change, read back, record; what recovers it after a crash, and what pushes it live. */
export {
  consumesBudget,
  countSpent,
  releaseChanges,
  reserveChanges,
  type SpentBudget,
  type UsedLimit,
  usedLimits,
} from "./budget.ts";
export { isClaimStale } from "./claim.ts";
export type { ChangeProgress, EnforcementPorts, SubjectContext } from "./context.ts";
export { enforceChange, recordRefusal } from "./enforce.ts";
export { accountLimit, isEnforceable, lockoutRisk, recentRevert, refusal, refusedPassword } from "./guards.ts";
export { needsChange, observeSubjects } from "./observe.ts";
export { findProtectionGaps, type ProtectionContext } from "./protection.ts";
export { confirmPublished, pollPublishJob, publishFailure, startPublish } from "./publish.ts";
export { type PublishChange, publishQueue } from "./publish-queue.ts";
export { recordIfMade, recoverClaim } from "./recover-claim.ts";
export type { ResolvedChange } from "./result.ts";
export { objectionToRevert } from "./revert-guards.ts";
