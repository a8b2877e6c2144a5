/**
 * Keycloak: users by the admin API; a change asks the person to register a second factor at the next sign-in.
 * https://www.keycloak.org/docs-api/latest/rest-api/index.html
 */

import type { Directory } from "../../model/index.ts";
import { defineVendor } from "../vendor.ts";
import { countAccounts, findAccount, listAccounts, readAccount, readEmail } from "./accounts.ts";
import { askForFactor, cautionOf, stopAsking, whyNotReverted } from "./actions.ts";
import { keycloakApi } from "./api.ts";
import { completeFacts } from "./complete.ts";
import { readCoverage } from "./coverage.ts";
import { checkRealm } from "./doctor.ts";
import { directoryFacts } from "./facts.ts";
import { hasCollection, listCollections } from "./groups.ts";
import { readLog } from "./log.ts";
import { pollLogs } from "./poll.ts";
import { protectionSource } from "./protection.ts";
import { type KeycloakNeeds, secret, settings } from "./settings.ts";

export const keycloak = defineVendor({ settings, secret, accounts: { switchNeedsDevice: true }, open, polls: true });

function open(needs: KeycloakNeeds): Directory {
  const api = keycloakApi(needs);
  const protection = protectionSource(api);
  const source = { api, protection };
  return {
    vendor: "keycloak",
    tenant: needs.settings.realm,
    api: api.address,
    enrolsAtSignIn: true,
    secretVersion: needs.secretVersion,
    scopes: api.roles,
    page: (cursor, signal) => listAccounts(source, cursor, signal),
    total: (signal) => countAccounts(api, signal),
    facts: (signal) => directoryFacts(needs.settings, protection, signal),
    coverage: (signal) => readCoverage(api, signal),
    complete: (subjects, facts, signal) => completeFacts(source, subjects, facts, signal),
    read: (id, signal) => readAccount(source, id, signal),
    find: (username, signal) => findAccount(api, username, signal),
    emailOf: (id, signal) => readEmail(api, id, signal),
    exists: (kind, id, signal) => hasCollection(api, kind, id, signal),
    collections: (signal) => listCollections(api, signal),
    caution: cautionOf,
    enforce: ({ id }, signal) => askForFactor(source, id, signal),
    revert: (subject, before, signal) => stopAsking(source, subject, before, signal),
    whyNotReverted,
    log: (id, from, to, signal) => readLog(api, id, { from, to }, signal),
    poll: (cursor, signal) => pollLogs(api, needs.id, cursor, signal),
    check: (signal) => checkRealm(api, protection, signal),
  };
}
