/** Palo Alto Strata Cloud Manager: MFA server profiles, written to the candidate configuration and pushed. https://pan.dev/scm/api */

import {
  type ChangeRequestResult,
  type Directory,
  omitUndefined,
  type RecordedFacts,
  type Subject,
} from "../../model/index.ts";
import { defineVendor } from "../vendor.ts";
import { type StrataApi, strataApi } from "./api.ts";
import { checkTenant } from "./doctor.ts";
import { pollPush } from "./jobs.ts";
import { isMisspeltPingHost, MISSPELT_PING_HOST_WARNING } from "./kinds.ts";
import { locationOf, profileId } from "./location.ts";
import { listProfiles, readMasks, readProfile, readProfileBack } from "./profiles.ts";
import { type PushScope, startPush, whyNotPushed } from "./publish.ts";
import { saveProfile } from "./save.ts";
import { type StrataNeeds, secret, settings } from "./settings.ts";
import { findWanted, type ProfilePolicy } from "./subjects.ts";
import { wantedProfiles } from "./wanted-profiles.ts";

export const strata = defineVendor({ settings, secret, accounts: {}, open });

function open(needs: StrataNeeds): Directory {
  const { settings, secret, secretVersion } = needs;
  const api = strataApi(needs);
  const location = locationOf(settings);
  const wanted = wantedProfiles(needs);
  const notPushed = whyNotPushed(location, settings.push);
  const pushed = notPushed === undefined;
  const policy: ProfilePolicy = {
    location,
    wanted,
    version: secretVersion,
    adopt: settings.adopt,
    pushed,
    maskKey: secret.clientSecret,
  };
  const scope = { location, admin: settings.admin ?? secret.clientId };
  const doctor = { ...credentialNeeds(needs), api, location, wanted, notPushed };
  return {
    vendor: "strata",
    tenant: settings.tenant,
    api: api.address,
    subjectKind: "profile",
    secretVersion,
    scopes: api.token.scopes,
    page: (cursor, signal) => listProfiles(api, policy, cursor, signal),
    read: (id, signal) => readProfile(api, policy, id, signal),
    readBack: (changed, signal) => readProfileBack(api, policy, changed, signal),
    enforce: (subject, signal) => writeProfile(api, policy, subject, signal),
    confirm: async ({ id }, signal) =>
      omitUndefined({ ok: true, masks: await readMasks(api, policy, id, signal) } as const),
    caution: (subject) => cautionOf(policy, subject),
    whyNotReverted: (_subject, before) => whyNotReverted(before),
    candidate: true,
    ...omitUndefined({ publish: pushed ? publisherOf(api, scope) : undefined }),
    secretUsers: () => wanted.map(({ name }) => profileId(location, name)),
    check: (signal, thorough) => checkTenant(doctor, signal, thorough),
  };
}

async function writeProfile(
  api: StrataApi,
  policy: ProfilePolicy,
  { id, profile }: Subject,
  signal: AbortSignal,
): Promise<ChangeRequestResult> {
  const wanted = findWanted(policy, id);
  if (!wanted) return { outcome: "refused", why: "the policy does not name this profile" };
  await saveProfile({ api, location: policy.location, wanted, signal }, profile ?? UNSEEN);
  return "sent";
}

/** To make a profile that is there after all is a conflict, and then it is written over. */
const UNSEEN = { present: false };

/**
 * No profile is put back. The vendor shows no secret that could be written again, and whether nothing anywhere uses a profile, so that
 * it may be deleted, no reading tells.
 */
const whyNotReverted = ({ present }: RecordedFacts): string =>
  present === false
    ? "this profile was made by us, and what uses it by now only a person can tell; delete it in Strata Cloud Manager"
    : "its secret was written, and the vendor shows none that could be put back; write the former one by hand";

const publisherOf = (api: StrataApi, scope: PushScope): NonNullable<Directory["publish"]> => ({
  start: (changed, signal) => startPush(api, scope, changed, signal),
  poll: (job, signal, seen) => pollPush(api, job, signal, seen),
});

function cautionOf(policy: ProfilePolicy, { id }: Subject): string | undefined {
  const host = findWanted(policy, id)?.fields.ping_api_host;
  return isMisspeltPingHost(host) ? MISSPELT_PING_HOST_WARNING : undefined;
}

const credentialNeeds = ({ id, fetch, clock, secret }: StrataNeeds) => ({
  directory: id,
  fetch,
  clock,
  origins: secret.origins ?? [],
});
