/** The room of one change: claim, read, guards, change, read back, record; what recovers it after a crash, and what pushes it live. */
export { type BreakGlassFinding, checkBreakGlass } from "./break-glass.ts";
export {
  consumesBudget,
  countSpent,
  releaseChanges,
  reserveChanges,
  type SpentBudget,
  type UsedLimit,
  usedLimits,
} from "./budget.ts";
export { changeAbout, eventChange } from "./change-about.ts";
export { isClaimStale } from "./claim.ts";
export type { ChangeProgress, EnforcementPorts, SubjectContext } from "./context.ts";
export { checkGuards, frozen } from "./directory-guards.ts";
export { endsChanges } from "./ends-reading.ts";
export { enforceChange, recordRefusal } from "./enforce.ts";
export {
  accountLimit,
  DEFAULT_CHANGES_PER_ACCOUNT,
  isEnforceable,
  lockoutRisk,
  recentRevert,
  refusal,
  refusedPassword,
  unnamedService,
} from "./guards.ts";
export { dueAfter, noticeSchedule, untold } from "./notice-schedule.ts";
export { isToldOfAdministrators, needsChange, observeSubjects } from "./observe-subjects.ts";
export { ownAccount } from "./own-account.ts";
export { findProtectionGaps, type ProtectionContext } from "./protection.ts";
export { confirmPublished, pollPublishJob, publishFailure, startPublish } from "./publish.ts";
export { type PublishChange, publishQueue } from "./publish-queue.ts";
export { changedRecently } from "./recent-change.ts";
export { recordIfMade, recoverClaim } from "./recover-claim.ts";
export type { ResolvedChange } from "./result.ts";
export { objectionToRevert } from "./revert-guards.ts";
