/** What holds for the whole simulated tenant: its groups, policies and roles. */

import type { Answer } from "../shared/answers.ts";
import { answerJson, answerProblem } from "./answers.ts";
import type { GraphCall, Handler } from "./call.ts";
import { answerPage } from "./paging.ts";
import type { Tenant } from "./tenant.ts";

export const tenantHandlers: Record<string, Handler> = {
  "GET organization": ({ id }) => answerJson({ value: [{ id, displayName: "Contoso" }] }),
  "GET groups": ({ groups }, call) =>
    answerPage(call, { rows: groups, show: (group) => ({ ...group }), usualSize: 100, maxSize: 999 }),
  "GET group": readGroup,
  "GET securityDefaults": ({ securityDefaults }) =>
    answerJson({
      id: "00000000-0000-0000-0000-000000000005",
      displayName: "Security Defaults",
      isEnabled: securityDefaults,
    }),
  "GET conditionalAccess": ({ policies }, call) =>
    answerPage(call, { rows: policies, show: (policy) => policy, usualSize: 100, maxSize: 100 }),
  "GET roleMembers": listRoleMembers,
};

function readGroup({ groups }: Tenant, { id }: GraphCall): Answer {
  const group = groups.find((one) => one.id === id);
  return group ? answerJson({ ...group }) : answerProblem(404);
}

/** The role of Microsoft's synchronisation; a role that nobody ever had is not activated. */
const SYNCHRONISATION = "d29b2b05-8046-44ba-8758-1e26182fcf32";

function listRoleMembers({ synchronisers }: Tenant, call: GraphCall): Answer {
  if (call.id !== SYNCHRONISATION || synchronisers === undefined) return answerProblem(404);
  return answerPage(call, { rows: synchronisers, show: (id) => ({ id }), usualSize: 100, maxSize: 999 });
}
