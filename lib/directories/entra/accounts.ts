/** One account of a tenant: read afresh, and read back after its change. */

import { type Device, type Fact, type Facts, NOT_ASKED, type Subject } from "../../model/index.ts";
import type { EntraContext } from "./context.ts";
import { readState } from "./per-user-mfa.ts";
import { isExternalUser, subjectOf, withState } from "./subject.ts";
import { ifFound, readUser } from "./users.ts";

/** `undefined` if Entra says that there is no such account. */
export async function readAccount(
  context: EntraContext,
  id: string,
  signal: AbortSignal,
): Promise<Subject | undefined> {
  const { api, tenant, report, perUserMfa } = context;
  const user = await readUser(api, id, signal);
  if (!user) return undefined;
  const [state, tenantState, devices] = await Promise.all([
    ifFound(readState(api, id, signal)),
    tenant.state(signal),
    // A guest's facts rest on what is registered here.
    isExternalUser(user) ? report.read(id, signal) : (NOT_ASKED as Fact<readonly Device[]>),
  ]);
  return subjectOf(user, { tenant: tenantState, perUserMfa, devices, state: state ?? null });
}

/** The account as it was right before its change, with its per-user MFA read anew; `undefined` if there is no such account any more. */
export async function readStateBack(
  context: EntraContext,
  changed: Subject,
  signal: AbortSignal,
): Promise<Subject | undefined> {
  const { api, tenant, perUserMfa } = context;
  const [state, tenantState] = await Promise.all([ifFound(readState(api, changed.id, signal)), tenant.state(signal)]);
  if (state === undefined) return readAccount(context, changed.id, signal);
  const facts: Facts = withState(changed.facts, { tenant: tenantState, perUserMfa, state });
  return { ...changed, facts };
}
