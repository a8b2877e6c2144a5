/** The room of one change: claim, read, guards, change, read back, record; and what recovers it after a crash. */
export { BUDGET_SCOPE, consumesBudget } from "./budget.ts";
export type { ChangeProgress, EnforcementPorts, SubjectContext } from "./context.ts";
export { enforceChange, isClaimStale, recoverClaim } from "./enforce.ts";
export { isEnforceable, lockoutRisk, refusedPassword } from "./guards.ts";
export { needsChange, observeSubjects } from "./observe.ts";
export { confirmPublished, pollPublishJob, publishFailure, startPublish } from "./publish.ts";
export { type PublishChange, publishQueue } from "./publish-queue.ts";
export type { ResolvedChange } from "./record.ts";
