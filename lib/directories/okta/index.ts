/**
 * Okta: users by the management API, their factors one by one; a change puts a person into the group that must register a second factor.
 * https://developer.okta.com/docs/api
 */

import { type Directory, omitUndefined } from "../../model/index.ts";
import { defineVendor } from "../vendor.ts";
import { listAccounts, readAccount, readMembershipBack } from "./accounts.ts";
import { oktaApi } from "./api.ts";
import { completeFacts } from "./complete.ts";
import { readCoverage, readOwnId } from "./coverage.ts";
import { checkOrg } from "./doctor.ts";
import { webhookReader } from "./events.ts";
import { factorReuse } from "./factor-changes.ts";
import { directoryFacts } from "./facts.ts";
import { hasCollection, listCollections } from "./groups.ts";
import { applyHook, planHook } from "./hook.ts";
import { readLog } from "./log.ts";
import { memberSource } from "./members.ts";
import { joinGroup, leaveGroup, whyNotReverted } from "./membership.ts";
import { protectionSource } from "./protection.ts";
import { type OktaNeeds, secret, settings } from "./settings.ts";
import { findUser, readEmail } from "./users.ts";

export const okta = defineVendor({
  settings,
  secret,
  accounts: { switchNeedsDevice: true },
  open,
  hooks: webhookReader,
});

function open(needs: OktaNeeds): Directory {
  const api = oktaApi(needs);
  const source = { api, protection: protectionSource(api), members: memberSource(api) };
  const belongsToPerson = needs.secret.apiToken !== undefined;
  return omitUndefined({
    vendor: "okta",
    tenant: new URL(api.org).host,
    api: api.org,
    enrolsAtSignIn: true as const,
    secretVersion: needs.secretVersion,
    scopes: api.tokens.granted,
    page: (cursor, signal) => listAccounts(source, cursor, signal),
    facts: (signal) => directoryFacts(source.protection, signal),
    coverage: (signal) => readCoverage(api, signal),
    factReuse: factorReuse(api),
    complete: (subjects, facts, signal) => completeFacts(api, subjects, facts, signal),
    read: (id, signal) => readAccount(source, id, signal),
    find: (username, signal) => findUser(api, username, signal),
    emailOf: (id, signal) => readEmail(api, id, signal),
    exists: (kind, id, signal) => hasCollection(api, kind, id, signal),
    collections: (signal) => listCollections(api, signal),
    enforce: (subject, signal) => joinGroup(source, subject, signal),
    revert: (subject, before, signal) => leaveGroup(source, subject, before, signal),
    readBack: (changed, signal) => readMembershipBack(source, changed, signal),
    whyNotReverted: (_, before) => whyNotReverted(before),
    log: (id, from, to, signal) => readLog(api, id, { from, to }, signal),
    ownAccounts: belongsToPerson ? async (signal) => [await readOwnId(api, signal)] : undefined,
    check: (signal) => checkOrg(source, signal),
    hooks: {
      plan: (wanted, signal) => planHook(api, needs.id, wanted, signal),
      apply: (wanted, signal) => applyHook(api, needs.id, wanted, signal),
    },
  } satisfies Record<string, unknown> & Partial<{ [K in keyof Directory]: Directory[K] | undefined }>);
}
