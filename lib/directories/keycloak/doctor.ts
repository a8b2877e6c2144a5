/** What `doctor` can find out about a Keycloak realm without changing anything. */

import * as v from "valibot";
import { describeFailure } from "../../errors.ts";
import type { Coverage, DoctorCheck, Fact } from "../../model/index.ts";
import { type CheckResult, compareClocks, failed, passed, runCheck, untested } from "../doctor-check.ts";
import { countAccounts, USERS_PATH } from "./accounts.ts";
import type { KeycloakApi } from "./api.ts";
import { readCoverage } from "./coverage.ts";
import { readEventSettings } from "./event-settings.ts";
import type { SecondFactor } from "./flow.ts";
import { type ProtectionSource, readBoundFlows, readFlow } from "./protection.ts";

const MAX_SKEW_MS = 5 * 60_000;

/** A check whose failure leaves nothing more to see is the last one. */
export async function checkRealm(
  api: KeycloakApi,
  protection: ProtectionSource,
  signal: AbortSignal,
): Promise<DoctorCheck[]> {
  const reach = await runCheck("reach", async () => {
    await api.reach(signal);
    return passed(`${api.address} answers.`);
  });
  if (reach.result !== "passed") return [reach];
  const token = await runCheck("token", async () => {
    await api.token.get(signal);
    return passed("The client gets an access token.");
  });
  if (token.result !== "passed") return [reach, token];
  return [reach, token, ...(await checkRoles(api, signal)), ...(await checkSignIn(api, protection, signal))];
}

/** Each role by itself, by a call that only it allows. */
const checkRoles = (api: KeycloakApi, signal: AbortSignal): Promise<DoctorCheck[]> =>
  Promise.all([
    runCheck("read users", async () => {
      await countAccounts(api, signal);
      return passed("Users can be listed and counted.");
    }),
    runCheck("see all accounts", async () => coverageCheck(await readCoverage(api, signal))),
    runCheck("change users", async () => changeCheck(await readAccess(api, signal))),
    runCheck(
      "read events",
      () => checkEvents(api, signal),
      (error) => untested(describeFailure(error)),
    ),
    runCheck("clock", async () => {
      const date = await readServerClock(api, signal);
      return compareClocks({ vendor: "Keycloak", date, now: api.clock(), maxSkewMs: MAX_SKEW_MS });
    }),
  ]);

const checkSignIn = (api: KeycloakApi, protection: ProtectionSource, signal: AbortSignal): Promise<DoctorCheck[]> =>
  Promise.all([
    runCheck("sign-in asks for a second factor", async () => flowCheck((await protection.get(signal)).accepted)),
    runCheck("action is carried out", async () => {
      const { actions } = await protection.get(signal);
      const { action } = api.settings;
      if (!actions.known) return untested(`Not known: ${actions.why}.`);
      if (actions.value.has(action))
        return passed(`The realm carries out ${action}, and its sign-in asks for what that registers.`);
      return failed(
        `The realm does not carry out ${action}, or its sign-in does not ask for what that registers: switch the action on, or name another one in the policy.`,
      );
    }),
    runCheck(
      "sign-in without a browser",
      () => checkDirectGrant(api, signal),
      (error) => untested(describeFailure(error)),
    ),
  ]);

/** The listing and the count share what the client may not see, so that neither shows it. */
function coverageCheck(coverage: Coverage): CheckResult {
  if (coverage.extent === "whole") return passed("The client's roles show it every user of the realm.");
  const advice = "give its service account the role view-users";
  if (coverage.extent === "unknown")
    return untested(`Whether the client sees all users is not known: ${coverage.why}; ${advice}.`);
  return failed(
    `The client sees only ${coverage.limitedTo.join(", ")}: others are in no listing and in no count; ${advice}.`,
  );
}

const access = v.object({ access: v.optional(v.object({ manage: v.optional(v.boolean()) })) });

/** Whether the client may change the first user of the listing, as Keycloak says beside each; `undefined`: it does not say. */
async function readAccess(api: KeycloakApi, signal: AbortSignal): Promise<boolean | undefined> {
  const query = { first: "0", max: "1", briefRepresentation: "true" };
  const { body } = await api.call({ path: USERS_PATH, query, schema: v.array(access), signal });
  return body[0]?.access?.manage;
}

function changeCheck(mayManage: boolean | undefined): CheckResult {
  if (mayManage === undefined) return untested("Keycloak does not say whether the client may change users.");
  if (mayManage) return passed("Keycloak lets the client change users.");
  return untested(
    "The client may not change users, which only mode: enforce needs; give its service account the role manage-users.",
  );
}

async function checkEvents(api: KeycloakApi, signal: AbortSignal): Promise<CheckResult> {
  const { gaps } = await readEventSettings(api, signal);
  if (gaps.length === 0) return passed("The realm keeps the events that changes between two sweeps are seen by.");
  return untested(`Changes between two sweeps are seen only in part: ${gaps.join("; ")}. Sweeps do not need them.`);
}

/** Of a token that was made right now; no other answer shows it. */
async function readServerClock(api: KeycloakApi, signal: AbortSignal): Promise<string | undefined> {
  api.token.drop(await api.token.get(signal));
  return (await api.claims(signal))?.issuedAt;
}

/** Where it asks nobody, what is registered protects nobody. */
function flowCheck(accepted: Fact<ReadonlySet<SecondFactor>>): CheckResult {
  if (!accepted.known) return failed(`Every verdict is unknown: ${accepted.why}.`);
  return passed(`The sign-in by browser asks everybody who has one for ${[...accepted.value].join(", ")}.`);
}

/** Clients with direct access grants sign people in by it, with a password alone where it asks for no more. */
async function checkDirectGrant(api: KeycloakApi, signal: AbortSignal): Promise<CheckResult> {
  const { directGrantFlow } = await readBoundFlows(api, signal);
  const accepted = await readFlow(api, directGrantFlow, signal);
  if (accepted.known) return passed("The flow for direct access grants asks for a second factor too.");
  const advice = "switch direct access grants off for every client, or have the flow ask for one";
  return {
    result: "warning",
    detail: `Whoever signs in by a direct access grant may do so with a password alone: ${accepted.why}; ${advice}.`,
  };
}
