/** What deciding on a plan gets from outside on the command line. */

import type { ApprovalPorts } from "../../lib/approval/index.ts";
import type { Ledger } from "../../lib/model/index.ts";
import { hashPolicy, type Policy } from "../../lib/policy/index.ts";
import { clock } from "../local/records.ts";

export const approvalPorts = (policy: Policy, ledger: Ledger): ApprovalPorts => ({
  policy,
  policyHash: hashPolicy(policy),
  ledger,
  clock,
});
