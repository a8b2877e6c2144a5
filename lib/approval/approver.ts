/** Who may decide on a plan: by the policy's `approval`, and never who started the run unless that says so. */
import { WardenError } from "../errors.ts";
import type { Origin } from "../model/index.ts";
import type { Policy } from "../policy/index.ts";

/** Throws `ERR_APPROVAL_DENIED`. @param starter who started the run, where that speaks against deciding */
export function checkApprover({ approval }: Policy, { by }: Origin, starter?: Origin): void {
  if (!approval)
    throw denied("The policy names nobody who may decide on plans; add approval.approvers to it and sweep again.");
  if (!approval.approvers.some((approver) => isApprover(approver, by)))
    throw denied(`${by} is not in approval.approvers of the policy; ask one of: ${approval.approvers.join(", ")}.`);
  if (!starter || approval.self || !isSamePerson(starter.by, by)) return;
  if (isCaller(starter.by) !== isCaller(by))
    throw denied(
      `${starter.by} started this run, and nothing can tell them apart from ${by}; somebody of the same kind must decide, or a schedule must start the run. approval.self: true would allow it.`,
    );
  throw denied(`${by} started this run, so somebody else must decide; approval.self: true would allow it.`);
}

const denied = (message: string) => new WardenError("ERR_APPROVAL_DENIED", message);

/** A system user with or without the machine's name, or the ARN of a caller; `*` stands for any session name. */
function isApprover(approver: string, by: string): boolean {
  if (approver.startsWith("arn:")) {
    const role = approver.endsWith("/*") ? approver.slice(0, -1) : undefined;
    return role === undefined ? by === approver : by.startsWith(role) && !by.slice(role.length).includes("/");
  }
  return !isCaller(by) && (by === approver || userOf(by) === approver);
}

/** `jane` of `jane@host`, also where she used AWS credentials. */
const userOf = (by: string): string => by.split(/[@ ]/, 1)[0] ?? by;

/**
 * One person may come by different sessions of one role name, or from another machine: the name decides, not the place. A system
 * user and a caller of AWS cannot be told apart, so they count as one.
 */
function isSamePerson(starter: string, by: string): boolean {
  if (SCHEDULE.test(starter)) return false;
  return isCaller(starter) !== isCaller(by) || personOf(starter) === personOf(by);
}

/** EventBridge Scheduler names itself so: no person started the run. */
const SCHEDULE = /^arn:[\w-]+:scheduler:[\w-]+:\d{12}:schedule\//;

const isCaller = (by: string): boolean => by.startsWith("arn:");

const personOf = (by: string): string => (isCaller(by) ? (by.split("/").at(-1) ?? by) : userOf(by)).toLowerCase();
