/** What people may write of approvals: who decides on a plan that waits, and for how long it waits. */

import * as v from "valibot";
import type { Policy } from "../policy/index.ts";
import { durationMs } from "../policy/index.ts";
import { duration, listOf } from "./fields.ts";

const DEFAULT_WAIT = "24h";

const approver = v.pipe(
  v.string(),
  v.regex(/^\S(.{0,510}\S)?$/, "must be a system user, like jane or jane@host, or the ARN of an AWS caller"),
  v.check(
    (name) => !name.includes("*") || /^arn:aws[a-z-]*:sts::\d{12}:assumed-role\/[^*/]+\/\*$/.test(name),
    "may hold * only as the session name of an assumed role, like arn:aws:sts::123456789012:assumed-role/IdentityLead/*",
  ),
  v.description("A system user on a laptop, or the ARN of a caller in AWS; * only as the session name of a role."),
);

export const approvalSchema = v.strictObject({
  approvers: listOf(approver, "Who may approve or reject a plan. Nobody else can."),
  self: v.exactOptional(
    v.pipe(v.boolean(), v.description("Whether who started a run may approve its plan. Default: false.")),
    false,
  ),
  wait: v.exactOptional(duration("How long a plan waits before it expires."), DEFAULT_WAIT),
});

export const compileApproval = ({
  approvers,
  self,
  wait,
}: v.InferOutput<typeof approvalSchema>): NonNullable<Policy["approval"]> => ({
  approvers,
  self,
  waitMs: durationMs(wait),
});
