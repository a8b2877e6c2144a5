/** What `doctor` can find out about a tenant without changing anything: each permission by a call of its own. */

import * as v from "valibot";
import { describeFailure, type WardenError } from "../../errors.ts";
import type { Coverage, DoctorCheck, Fact } from "../../model/index.ts";
import { type CheckResult, compareClocks, failed, passed, runCheck, untested } from "../doctor-check.ts";
import { rolesOf } from "./access-token.ts";
import type { EntraApi } from "./api.ts";
import { describeConditionalAccess } from "./conditional-access.ts";
import type { EntraContext } from "./context.ts";
import { readCoverage } from "./coverage.ts";
import { readState, stateOf } from "./per-user-mfa.ts";
import { REPORT_START, type RegistrationReport, whyDenied } from "./registration-report.ts";
import type { TenantState } from "./tenant.ts";
import { mayAskForMfa } from "./tenant-facts.ts";
import { probeListing } from "./users.ts";

const MAX_SKEW_MS = 5 * 60_000;
/** What a change takes. */
const CHANGE_ROLE = "Policy.ReadWrite.AuthenticationMethod";

/** A check whose failure leaves nothing more to see is the last one. */
export async function checkTenant(context: EntraContext, signal: AbortSignal): Promise<DoctorCheck[]> {
  const { api } = context;
  const reach = await runCheck("reach", async () => {
    await api.reach(signal);
    return passed(`${api.address} answers.`);
  });
  if (reach.result !== "passed") return [reach];
  const token = await runCheck("token", async () => {
    await api.token.get(signal);
    return passed("The app gets an access token.");
  });
  if (token.result !== "passed") return [reach, token];
  return [reach, token, ...(await checkPermissions(context, signal))];
}

async function checkPermissions(context: EntraContext, signal: AbortSignal): Promise<DoctorCheck[]> {
  const { api, tenant, report } = context;
  const listing = probeListing(api, signal);
  const state = tenant.state(signal);
  const checks = await Promise.all([
    runCheck("read users", async () => {
      await listing;
      return passed("Users can be listed.");
    }),
    runCheck("count users", async () => {
      (await state).total();
      return passed("A sweep can confirm the total.");
    }),
    runCheck("read registered methods", () => checkReport(report, signal), reportProblem),
    runCheck("read per-user MFA", async () => checkState(api, (await listing).users[0]?.id, signal)),
    runCheck("read Conditional Access", async () => checkPolicies(await state)),
    runCheck("tell synchronisation accounts", async () => checkSynchronisers(context, await state)),
    runCheck("see all accounts", async () => coverageCheck(await readCoverage(api, signal))),
    runCheck("read the audit log", () => checkLog(api, signal)),
    runCheck("change per-user MFA", () => checkChange(context, signal)),
  ]);
  const date = checks[0]?.result === "passed" ? (await listing).date : undefined;
  const clocks = compareClocks({ vendor: "Entra", date, now: api.clock(), maxSkewMs: MAX_SKEW_MS });
  return [...checks, { name: "clock", ...clocks }];
}

async function checkReport(report: RegistrationReport, signal: AbortSignal): Promise<CheckResult> {
  const { rows } = await report.page(REPORT_START, signal);
  if (rows.size === 0) return failed("Entra's registration report is empty, so nobody's methods are known.");
  return passed("Entra's registration report can be read; what it says may be hours old.");
}

const reportProblem = (error: WardenError): CheckResult =>
  failed(`${error.code === "ERR_VENDOR_DENIED" ? `${whyDenied(error)}. ` : ""}${describeFailure(error)}`);

async function checkState(api: EntraApi, id: string | undefined, signal: AbortSignal): Promise<CheckResult> {
  if (id === undefined) return untested("No user was listed whose per-user MFA could be read.");
  const state = stateOf(await readState(api, id, signal));
  return state === undefined
    ? failed("Entra does not say what the per-user MFA of its first user is.")
    : passed("Per-user MFA can be read, by Microsoft's beta API.");
}

function checkPolicies({ securityDefaults, conditionalAccess }: TenantState): CheckResult {
  const unknown = [securityDefaults, conditionalAccess].find((fact: Fact<unknown>) => !fact.known);
  if (unknown && !unknown.known) return failed(`${unknown.why} Everybody whose per-user MFA is disabled is unknown.`);
  return passed(describeConditionalAccess(conditionalAccess).meaning);
}

function checkSynchronisers({ perUserMfa }: EntraContext, { synchronisers }: TenantState): CheckResult {
  if (synchronisers.known)
    return passed(`${synchronisers.value.size} accounts have the role of Microsoft's synchronisation.`);
  if (perUserMfa) return failed(`Which accounts synchronise is not known, so nobody is changed: ${synchronisers.why}`);
  const detail = `Which accounts synchronise is not known, so they are judged as people: ${synchronisers.why}`;
  return { result: "warning", detail };
}

/** The listing and the total share what the app may not see, so that neither shows it. */
function coverageCheck(coverage: Coverage): CheckResult {
  if (coverage.extent === "whole") return passed("The app's permission to read users is for the whole tenant.");
  const why = coverage.extent === "unknown" ? coverage.why : coverage.limitedTo.join(", ");
  return untested(
    `Whether the app sees all accounts is not known (${why}); give it the application permission User.Read.All.`,
  );
}

async function checkLog(api: EntraApi, signal: AbortSignal): Promise<CheckResult> {
  const path = "/v1.0/auditLogs/directoryAudits";
  await api.call({ path, query: { $top: "1" }, schema: v.unknown(), signal });
  return passed("The audit log can be read.");
}

/** Nobody's account is changed to find out. */
async function checkChange({ api, tenant, perUserMfa }: EntraContext, signal: AbortSignal): Promise<CheckResult> {
  if (!perUserMfa) return untested("The policy does not say `perUserMfa: true`, so nobody is changed.");
  const roles = rolesOf(await api.token.get(signal));
  if (roles === undefined) return untested("The access token does not show whether the app may change per-user MFA.");
  if (!roles.includes(CHANGE_ROLE)) return failed(`The app lacks the application permission ${CHANGE_ROLE}.`);
  if (!mayAskForMfa(await tenant.state(signal)))
    return passed("The app may change per-user MFA, by Microsoft's beta API.");
  return {
    result: "warning",
    detail:
      "The app may change per-user MFA; security defaults or Conditional Access may ask for MFA too, and Microsoft advises against both at once.",
  };
}
