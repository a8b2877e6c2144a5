/** The room of approvals: people decide on the plans that wait, by the policy's rules, and every attempt is on record. */

export { approvePlans, rejectPlans, reopenPlans } from "./decide.ts";
export type { ApprovalPorts, ApprovedPlans } from "./ports.ts";
export { answerDecision, type RemoteApproval } from "./request.ts";
export { hashRun } from "./run-hash.ts";
