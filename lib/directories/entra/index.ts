/** Entra ID: users by Microsoft Graph, with the registration report; MFA enforced by per-user MFA. https://learn.microsoft.com/graph */

import type { Directory } from "../../model/index.ts";
import { defineVendor } from "../vendor.ts";
import { readAccount } from "./accounts.ts";
import { entraApi } from "./api.ts";
import { changesOf } from "./changes.ts";
import { completeFacts } from "./complete.ts";
import type { EntraContext } from "./context.ts";
import { readCoverage } from "./coverage.ts";
import { checkTenant } from "./doctor.ts";
import { webhookReader } from "./events.ts";
import { listPage } from "./listing.ts";
import { readLog } from "./log.ts";
import { openReport } from "./registration-report.ts";
import { type EntraNeeds, secret, settings } from "./settings.ts";
import { applySubscription, planSubscription, renewSubscription } from "./subscription.ts";
import { openTenant } from "./tenant.ts";
import { readFacts } from "./tenant-facts.ts";
import { findUser, hasGroup, listCollections, readEmail } from "./users.ts";

export const entra = defineVendor({
  settings,
  secret,
  accounts: { switchNeedsDevice: true, mayBypass: true },
  open,
  hooks: webhookReader,
});

function open(needs: EntraNeeds): Directory {
  const api = entraApi(needs);
  const tenant = openTenant(api);
  const perUserMfa = needs.settings.perUserMfa === true;
  const context: EntraContext = { api, tenant, report: openReport(api), perUserMfa };
  return {
    vendor: "entra",
    tenant: needs.settings.tenant,
    api: api.address,
    secretVersion: needs.secretVersion,
    scopes: api.token.scopes,
    page: (cursor, signal) => listPage(context, cursor, signal),
    total: tenant.total,
    facts: (signal) => readFacts(tenant, signal),
    coverage: (signal) => readCoverage(api, signal),
    complete: (subjects, facts, signal) => completeFacts(context, subjects, facts, signal),
    read: (id, signal) => readAccount(context, id, signal),
    find: (username, signal) => findUser(api, username, signal),
    emailOf: (id, signal) => readEmail(api, id, signal),
    collections: (signal) => listCollections(api, signal),
    exists: async (kind, id, signal) => kind === "group" && hasGroup(api, id, signal),
    log: (id, from, to, signal) => readLog(api, id, { from, to }, signal),
    check: (signal) => checkTenant(context, signal),
    hooks: {
      plan: (target, signal) => planSubscription(api, needs.id, target, signal),
      apply: (target, signal) => applySubscription(api, needs.id, target, signal),
      renew: (signal) => renewSubscription(api, needs.id, signal),
    },
    ...(perUserMfa && changesOf(context)),
  };
}
