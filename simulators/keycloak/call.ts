/** One call of the simulated Keycloak's admin API that has been let in, and who may make it. */

import type { Answer } from "../shared/answers.ts";
import type { Fault } from "./faults.ts";
import type { User } from "./people.ts";
import type { Role, Tenant } from "./tenant.ts";

export interface ApiCall {
  method: string;
  route: string;
  /** The id in its path; empty where there is none. */
  id: string;
  query: URLSearchParams;
  body: unknown;
  /** The faults that hit it. */
  hits: readonly Fault[];
}

/** `undefined`: 403. */
export type Handler = (tenant: Tenant, call: ApiCall) => Answer | undefined;

export const holds = ({ roles }: Tenant, ...wanted: Role[]): boolean => wanted.some((role) => roles.includes(role));

/** Whoever may view or manage users sees all of them, whatever fine-grained permissions say. */
export const seesAll = (tenant: Tenant): boolean => holds(tenant, "view-users", "manage-users");

export const mayQuery = (tenant: Tenant): boolean => seesAll(tenant) || holds(tenant, "query-users");

export const sees = (tenant: Tenant, { username }: User): boolean =>
  seesAll(tenant) || (holds(tenant, "query-users") && (tenant.visible?.includes(username) ?? false));
