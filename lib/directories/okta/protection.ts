/** Whether membership of the enrolment group protects anybody: what binds the group, and whether a sign-in asks for a factor. */

import { type Cache, cacheUntil } from "../../concurrency.ts";
import { hasCode } from "../../errors.ts";
import { type Fact, knownFact, unknownFact } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import type { OktaApi } from "./api.ts";
import { type Binding, readBinding } from "./enrolment.ts";
import { group } from "./schema.ts";
import { readSignOn, type SignOn } from "./sign-on.ts";

export interface Protection {
  readonly binding: Fact<Binding>;
  readonly signOn: Fact<SignOn>;
  /** OKTA_GROUP, APP_GROUP or BUILT_IN: only the first can be changed. */
  readonly groupType: Fact<string>;
}

/** A change of the org's policies shows after so long. */
const KEPT_MS = 5 * 60_000;

export type ProtectionSource = Pick<Cache<Protection>, "get">;

export const protectionSource = (api: OktaApi): ProtectionSource =>
  cacheUntil(api.clock, async (signal) => ({ value: await readProtection(api, signal), until: api.clock() + KEPT_MS }));

async function readProtection(api: OktaApi, signal: AbortSignal): Promise<Protection> {
  const { enrolmentGroup: id } = api.settings;
  const [binding, signOn, groupType] = await Promise.all([
    orUnknown("the enrolment policy", readBinding(api, id, signal)),
    orUnknown("what sign-on policies ask for", readSignOn(api, signal).then(knownFact)),
    orUnknown("the enrolment group", readGroupType(api, id, signal).then(knownFact)),
  ]);
  return { binding, signOn, groupType };
}

export const GROUP_PATH = "/api/v1/groups/{id}";

const readGroupType = async (api: OktaApi, id: string, signal: AbortSignal): Promise<string> =>
  (await api.call({ path: GROUP_PATH, id, schema: group, signal })).body.type;

/** What the credential may not read is unknown, with the reason. */
async function orUnknown<T>(what: string, work: Promise<Fact<T>>): Promise<Fact<T>> {
  try {
    return await work;
  } catch (error) {
    if (!hasCode(error, "ERR_VENDOR_DENIED", "ERR_VENDOR_NOT_FOUND", "ERR_VENDOR_FORMAT", "ERR_VENDOR_REJECTED"))
      throw error;
    return unknownFact(`${what} cannot be read (${describeError(error)})`);
  }
}

/** Whether a member of the group must register a second factor, and is asked for it somewhere; why not stands in `whyUnbound`. */
export function isBinding({ binding, signOn }: Protection): Fact<boolean> {
  if (!binding.known) return binding;
  if (!binding.value.bound) return knownFact(false);
  if (!signOn.known) return signOn;
  if (signOn.value.asking > 0) return knownFact(true);
  if (signOn.value.unclear + signOn.value.unread > 0)
    return unknownFact("no sign-on policy that this version understands asks for a second factor");
  return knownFact(false);
}

/** Why nobody may be put into the group; `undefined` where it protects whoever is in it. */
export function whyUnbound(protection: Protection): string | undefined {
  const { binding, groupType } = protection;
  const binds = isBinding(protection);
  if (!binds.known) return binds.why;
  if (!binds.value) return binding.known && !binding.value.bound ? binding.value.why : NOBODY_ASKS;
  if (!groupType.known) return groupType.why;
  if (groupType.value !== "OKTA_GROUP")
    return "the enrolment group is not one of Okta's own, so that its members come from elsewhere";
  return undefined;
}

const NOBODY_ASKS = "no sign-on policy asks for a second factor, so that nobody would ever be asked to register one";
