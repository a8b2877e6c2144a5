/** The role assignments of the simulated worker application, and its roles, as the API shows them. */

import { type Answer, answerOk } from "../shared/answers.ts";
import { answerProblem, type Hal, showList } from "./answers.ts";
import type { ApiCall, Handler } from "./call.ts";
import type { Role } from "./roles.ts";
import type { Tenant } from "./tenant.ts";

export const roleHandlers: Record<string, Handler> = {
  "GET roleAssignments": listAssignments,
  "GET role": readRole,
};

function listAssignments(tenant: Tenant, { id }: ApiCall): Answer {
  if (id !== tenant.credentials.clientId) return answerProblem(404);
  const self = `${tenant.base}/applications/${id}/roleAssignments`;
  const items = tenant.roles.map((role, index) => showAssignment(tenant, self, role, index));
  return answerOk(showList("roleAssignments", items, { self, count: items.length }));
}

function showAssignment(
  { base, environment, allPopulations, credentials }: Tenant,
  self: string,
  role: Role,
  n: number,
): Hal {
  const { population } = role;
  const [type, id] =
    population === undefined ? ["ENVIRONMENT", environment] : ["POPULATION", allPopulations[population]?.id];
  return {
    _links: { self: { href: `${self}/${numberedId(100 + n)}` }, environment: { href: base } },
    id: numberedId(100 + n),
    environment: { id: environment },
    application: { id: credentials.clientId },
    role: { id: numberedId(n) },
    scope: { id, type: role.scopeType ?? type },
    readOnly: false,
  };
}

function readRole({ roles, base }: Tenant, { id }: ApiCall): Answer {
  const role = roles.find((_, n) => numberedId(n) === id);
  if (!role) return answerProblem(404);
  const href = `${new URL(base).origin}/v1/roles/${id}`;
  const applicableTo = ["ENVIRONMENT", "POPULATION"];
  return answerOk({ _links: { self: { href } }, id, name: role.name, description: "", applicableTo, permissions: [] });
}

const numberedId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;
