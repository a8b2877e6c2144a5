/** PingOne: users by the platform API, MFA switched on by `PUT …/mfaEnabled`. https://developer.pingidentity.com/pingone-api */

import type { Directory, SeenPopulations, Shard } from "../../model/index.ts";
import { defineVendor } from "../vendor.ts";
import {
  countAccounts,
  findAccount,
  hasCollection,
  listAccounts,
  readAccount,
  readEmail,
  readRecord,
  readSwitchBack,
} from "./accounts.ts";
import { pingoneApi } from "./api.ts";
import { listCollections } from "./collections.ts";
import { completeFacts } from "./complete.ts";
import { readCoverage } from "./coverage.ts";
import { checkEnvironment } from "./doctor.ts";
import { webhookReader } from "./events.ts";
import { revertSwitch, turnMfaOn, whyNotReverted } from "./mfa.ts";
import { type PingOneNeeds, secret, settings } from "./settings.ts";
import { applySubscription, planSubscription } from "./subscription.ts";

export const pingone = defineVendor({
  settings,
  secret,
  accounts: { mayBypass: true },
  open,
  hooks: webhookReader,
});

function open(needs: PingOneNeeds): Directory {
  const { id: directory } = needs;
  const api = pingoneApi(needs);
  let populations: SeenPopulations | undefined;
  let shards: readonly Shard[] | undefined;
  return {
    vendor: "pingone",
    tenant: needs.settings.environment,
    api: api.address,
    secretVersion: needs.secretVersion,
    scopes: api.token.scopes,
    page: (cursor, signal) => listAccounts(api, cursor, signal),
    total: async (signal) => {
      const counted = await countAccounts(api, signal);
      populations = counted.populations;
      shards = counted.shards;
      return counted.total;
    },
    populations: () => populations,
    shards: () => shards,
    coverage: (signal) => readCoverage(api, signal),
    complete: (subjects, facts, signal) => completeFacts(api, subjects, facts, signal),
    read: (id, signal) => readAccount(api, id, signal),
    readForChange: (id, signal) => readRecord(api, id, signal),
    find: (username, signal) => findAccount(api, username, signal),
    emailOf: (id, signal) => readEmail(api, id, signal),
    exists: (kind, id, signal) => hasCollection(api, kind, id, signal),
    collections: (signal) => listCollections(api, signal),
    enforce: ({ id }, signal) => turnMfaOn(api, id, signal),
    revert: ({ id }, before, signal) => revertSwitch(api, id, before, signal),
    whyNotReverted: (_subject, before) => whyNotReverted(before),
    readBack: (changed, signal) => readSwitchBack(api, changed, signal),
    check: (signal) => checkEnvironment(api, signal),
    hooks: {
      plan: (target, signal) => planSubscription(api, directory, target, signal),
      apply: (target, signal) => applySubscription(api, directory, target, signal),
    },
  };
}
