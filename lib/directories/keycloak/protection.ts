/** Whether anything of an account protects anybody: what the realm's sign-in asks for, and which actions it carries out. */

import * as v from "valibot";
import { type Cache, cacheUntil, mapConcurrently } from "../../concurrency.ts";
import { hasCode } from "../../errors.ts";
import { type Fact, knownFact, unknownFact } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import { nonEmptyText } from "../fields.ts";
import type { KeycloakApi } from "./api.ts";
import { acceptedFactors, type SecondFactor } from "./flow.ts";
import { type Execution, executionRow } from "./flow-tree.ts";

/** The actions that register a second factor, with what they register. */
export const FACTOR_BY_ACTION: ReadonlyMap<string, SecondFactor> = new Map([
  ["CONFIGURE_TOTP", "otp"],
  ["webauthn-register", "webauthn"],
  ["webauthn-register-passwordless", "webauthn-passwordless"],
]);

export interface RealmProtection {
  /** The second factors that everybody who has one is asked for at the sign-in by browser. */
  readonly accepted: Fact<ReadonlySet<SecondFactor>>;
  /** The actions that register one of these, and that the realm carries out. */
  readonly actions: Fact<ReadonlySet<string>>;
}

/** A change of the realm's settings shows after so long. */
const KEPT_MS = 5 * 60_000;

export type ProtectionSource = Pick<Cache<RealmProtection>, "get">;

export const protectionSource = (api: KeycloakApi): ProtectionSource =>
  cacheUntil(api.clock, async (signal) => ({ value: await readProtection(api, signal), until: api.clock() + KEPT_MS }));

async function readProtection(api: KeycloakApi, signal: AbortSignal): Promise<RealmProtection> {
  const [accepted, enabled] = await Promise.all([
    orUnknown(readBrowserFlow(api, signal)),
    orUnknown(readEnabledActions(api, signal).then(knownFact)),
  ]);
  return { accepted, actions: registeringActions(accepted, enabled) };
}

function registeringActions(
  accepted: RealmProtection["accepted"],
  enabled: Fact<readonly string[]>,
): RealmProtection["actions"] {
  if (!accepted.known) return accepted;
  if (!enabled.known) return enabled;
  return knownFact(new Set(enabled.value.filter((action) => registersOneOf(accepted.value, action))));
}

function registersOneOf(accepted: ReadonlySet<SecondFactor>, action: string): boolean {
  const factor = FACTOR_BY_ACTION.get(action);
  return factor !== undefined && accepted.has(factor);
}

/** What the credential may not read is unknown, with the reason. */
async function orUnknown<T>(work: Promise<Fact<T>>): Promise<Fact<T>> {
  try {
    return await work;
  } catch (error) {
    if (!hasCode(error, "ERR_VENDOR_DENIED", "ERR_VENDOR_NOT_FOUND", "ERR_VENDOR_FORMAT")) throw error;
    return unknownFact(`what the realm asks for at sign-in cannot be read (${describeError(error)})`);
  }
}

/** The flows that a realm is bound to; a credential without view-realm is shown none of them. */
const boundFlows = v.object({ browserFlow: nonEmptyText, directGrantFlow: nonEmptyText });

async function readBrowserFlow(api: KeycloakApi, signal: AbortSignal): Promise<Fact<ReadonlySet<SecondFactor>>> {
  const { browserFlow } = await readBoundFlows(api, signal);
  return readFlow(api, browserFlow, signal);
}

export async function readBoundFlows(api: KeycloakApi, signal: AbortSignal): Promise<v.InferOutput<typeof boundFlows>> {
  return (await api.call({ path: "", schema: boundFlows, signal })).body;
}

/** The second factors that a flow asks everybody for who has one. */
export async function readFlow(
  api: KeycloakApi,
  alias: string,
  signal: AbortSignal,
): Promise<Fact<ReadonlySet<SecondFactor>>> {
  const path = "/authentication/flows/{id}/executions";
  const { body } = await api.call({ path, id: alias, schema: v.array(executionRow), signal });
  const executions = await mapConcurrently(body, MAX_CONFIGS_AT_ONCE, (row) => withConfig(api, row, signal));
  return acceptedFactors(executions, alias);
}

const MAX_CONFIGS_AT_ONCE = 4;
const executionConfig = v.object({ config: v.fallback(v.record(v.string(), v.string()), {}) });

/** Of the one condition whose settings decide; of all others they do not matter. */
async function withConfig(api: KeycloakApi, row: Execution, signal: AbortSignal): Promise<Execution> {
  if (row.providerId !== "conditional-credential" || row.authenticationConfig === undefined) return row;
  const path = "/authentication/config/{id}";
  const { body } = await api.call({ path, id: row.authenticationConfig, schema: executionConfig, signal });
  return { ...row, config: body.config };
}

const requiredActions = v.array(v.object({ alias: nonEmptyText, enabled: v.boolean() }));

/** What the realm does not carry out, it asks nobody to do. */
async function readEnabledActions(api: KeycloakApi, signal: AbortSignal): Promise<string[]> {
  const { body } = await api.call({ path: "/authentication/required-actions", schema: requiredActions, signal });
  return body.filter(({ enabled }) => enabled).map(({ alias }) => alias);
}
