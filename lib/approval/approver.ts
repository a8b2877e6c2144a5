/** Who may decide on a plan: by the policy's `approval`, and never who started the run unless that says so. */
import { WardenError } from "../errors.ts";
import type { Origin } from "../model/index.ts";
import type { Policy } from "../policy/index.ts";

/** Throws `ERR_APPROVAL_DENIED`. @param starter who started the run */
export function checkApprover({ approval }: Policy, { by }: Origin, starter: Origin): void {
  if (!approval)
    throw denied("The policy names nobody who may decide on plans; add approval.approvers to it and sweep again.");
  if (!approval.approvers.some((approver) => isApprover(approver, by)))
    throw denied(`${by} is not in approval.approvers of the policy; ask one of: ${approval.approvers.join(", ")}.`);
  if (!approval.self && isSamePerson(by, starter.by))
    throw denied(`${by} started this run, so somebody else must decide; approval.self: true would allow it.`);
}

const denied = (message: string) => new WardenError("ERR_APPROVAL_DENIED", message);

/** A system user with or without the machine's name, or the ARN of a caller; `*` stands for any session name. */
function isApprover(approver: string, by: string): boolean {
  if (approver.startsWith("arn:")) {
    const role = approver.endsWith("/*") ? approver.slice(0, -1) : undefined;
    return role === undefined ? by === approver : by.startsWith(role) && !by.slice(role.length).includes("/");
  }
  return !by.startsWith("arn:") && (by === approver || userOf(by) === approver);
}

/** `jane` of `jane@host`, also where she used AWS credentials. */
const userOf = (by: string): string => by.split(/[@ ]/, 1)[0] ?? by;

/** What an earlier version recorded of somebody who started a run with AWS credentials: no ARN can be told apart from it. */
const UNNAMED_CALLER = / via AWS credentials$/;

/** One person may come by sessions of different roles, or from another machine: the name decides, not the place. */
const isSamePerson = (by: string, starter: string): boolean =>
  personOf(by) === personOf(starter) || (by.startsWith("arn:") && UNNAMED_CALLER.test(starter));

const personOf = (by: string): string => (by.startsWith("arn:") ? (by.split("/").at(-1) ?? by) : userOf(by));
