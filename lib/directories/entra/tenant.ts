/**
 * What holds for a whole tenant: how many users there are, what else may ask them for MFA, and who synchronises. Read in one call,
 * each answer by itself.
 */

import * as v from "valibot";
import { cacheUntil } from "../../concurrency.ts";
import { WardenError } from "../../errors.ts";
import { type Fact, knownFact, unknownFact } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import { count } from "../fields.ts";
import type { EntraApi } from "./api.ts";
import { type BatchAnswer, type BatchItem, readBatch } from "./batch.ts";
import { type ConditionalAccess, policy, summarizePolicies } from "./conditional-access.ts";
import { listOf, withId } from "./schema.ts";

export interface TenantState {
  /** How many users there are, independently of any listing. Throws why nobody knows. */
  readonly total: () => number;
  readonly securityDefaults: Fact<boolean>;
  readonly conditionalAccess: Fact<ConditionalAccess>;
  /** Ids of the accounts that Microsoft's synchronisation signs in with, in lower case. */
  readonly synchronisers: Fact<ReadonlySet<string>>;
}

export interface Tenant {
  /** As last read, a quarter of an hour ago at the most. */
  state(signal: AbortSignal): Promise<TenantState>;
  /** Counted anew at every asking. */
  total(signal: AbortSignal): Promise<number>;
  /** What was read last in this process; `undefined` if nothing was. */
  latest(): TenantState | undefined;
}

/** Longer than the report of a large tenant takes to read. */
const KEPT_MS = 15 * 60_000;

export function openTenant(api: EntraApi): Tenant {
  let latest: TenantState | undefined;
  let counted: TenantState | undefined;
  const states = cacheUntil(api.clock, async (signal) => {
    const value = await readTenant(api, signal);
    latest = value;
    return { value, until: api.clock() + KEPT_MS };
  });
  return {
    state: states.get,
    total: async (signal) => {
      // One count must not confirm what was listed after it.
      if (counted) states.drop(counted);
      counted = await states.get(signal);
      return counted.total();
    },
    latest: () => latest,
  };
}

/** The role of Microsoft's own synchronisation, the same in every tenant: https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference */
const SYNCHRONISATION_ROLE = "d29b2b05-8046-44ba-8758-1e26182fcf32";

/** https://learn.microsoft.com/graph/api/user-list, with `$count` of an index of its own. */
const COUNT_ITEM: BatchItem = {
  url: "/users?$select=id&$top=1&$count=true",
  path: "/v1.0/users",
  headers: { ConsistencyLevel: "eventual" },
};
const SECURITY_DEFAULTS_PATH = "/policies/identitySecurityDefaultsEnforcementPolicy";
const SECURITY_DEFAULTS_ITEM: BatchItem = { url: SECURITY_DEFAULTS_PATH, path: `/v1.0${SECURITY_DEFAULTS_PATH}` };
const CONDITIONAL_ACCESS_PATH = "/identity/conditionalAccess/policies";
const CONDITIONAL_ACCESS_ITEM: BatchItem = { url: CONDITIONAL_ACCESS_PATH, path: `/v1.0${CONDITIONAL_ACCESS_PATH}` };
const SYNCHRONISERS_ITEM: BatchItem = {
  url: `/directoryRoles(roleTemplateId='${SYNCHRONISATION_ROLE}')/members?$select=id`,
  path: "/v1.0/directoryRoles/{id}/members",
};

const countedUsers = v.object({ "@odata.count": count });
const securityDefaults = v.object({ isEnabled: v.boolean() });
const policies = listOf(policy);
const members = listOf(withId);

async function readTenant(api: EntraApi, signal: AbortSignal): Promise<TenantState> {
  const items = [COUNT_ITEM, SECURITY_DEFAULTS_ITEM, CONDITIONAL_ACCESS_ITEM, SYNCHRONISERS_ITEM];
  const [users, defaults, access, synchronisers] = await readBatch(api, "v1.0", items, signal);
  const counted = readAnswer(api, COUNT_ITEM, users, countedUsers);
  return {
    total: () => {
      if (counted instanceof WardenError) throw counted;
      return counted["@odata.count"];
    },
    securityDefaults: factOf(
      readAnswer(api, SECURITY_DEFAULTS_ITEM, defaults, securityDefaults),
      (body) => body.isEnabled,
    ),
    conditionalAccess: factOf(await readAll(api, CONDITIONAL_ACCESS_ITEM, access, policies, signal), summarizePolicies),
    synchronisers: await readSynchronisers(api, synchronisers, signal),
  };
}

/** A role that nobody ever had is not there. */
async function readSynchronisers(
  api: EntraApi,
  answer: BatchAnswer | undefined,
  signal: AbortSignal,
): Promise<TenantState["synchronisers"]> {
  const isUnused = answer && !answer.ok && answer.error.detail.vendorCode === "Request_ResourceNotFound";
  if (isUnused) return knownFact(new Set());
  const all = await readAll(api, SYNCHRONISERS_ITEM, answer, members, signal);
  return factOf(all, (found) => new Set(found.map(({ id }) => id.toLowerCase())));
}

function readAnswer<S extends v.GenericSchema>(
  api: EntraApi,
  { path }: BatchItem,
  answer: BatchAnswer | undefined,
  schema: S,
): v.InferOutput<S> | WardenError {
  if (answer && !answer.ok) return answer.error;
  const read = v.safeParse(schema, answer?.body);
  if (read.success) return read.output;
  return api.vendorError("ERR_VENDOR_FORMAT", { method: "GET", path }, "answered without a readable list or field");
}

type ListSchema<T> = v.GenericSchema<
  unknown,
  { readonly value: readonly T[]; readonly "@odata.nextLink"?: string | undefined }
>;

/** With the pages behind the first: what is left out would be missing silently. */
async function readAll<T>(
  api: EntraApi,
  item: BatchItem,
  answer: BatchAnswer | undefined,
  schema: ListSchema<T>,
  signal: AbortSignal,
): Promise<readonly T[] | WardenError> {
  const first = readAnswer(api, item, answer, schema);
  if (first instanceof WardenError) return first;
  const all = [...first.value];
  const url = first["@odata.nextLink"];
  if (url === undefined) return all;
  for await (const { value } of api.pages({ path: item.path, url, schema, signal })) all.push(...value);
  return all;
}

const factOf = <T, R>(read: T | WardenError, value: (read: T) => R): Fact<R> =>
  read instanceof WardenError ? unknownFact(describeError(read)) : knownFact(value(read));
