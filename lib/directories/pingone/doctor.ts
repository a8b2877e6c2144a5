/** What `doctor` can find out about a PingOne environment without changing anything. */

import { describeFailure } from "../../errors.ts";
import type { Coverage, DoctorCheck } from "../../model/index.ts";
import { type CheckResult, compareClocks, failed, passed, runCheck, untested } from "../doctor-check.ts";
import { countAccounts, probeListing } from "./accounts.ts";
import type { PingOneApi } from "./api.ts";
import { readCoverage } from "./coverage.ts";
import { ACCOUNTS_ROLE } from "./settings.ts";

const MAX_SKEW_MS = 5 * 60_000;

/** A check whose failure leaves nothing more to see is the last one. */
export async function checkEnvironment(api: PingOneApi, signal: AbortSignal): Promise<DoctorCheck[]> {
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
  return [reach, token, ...(await checkAccounts(api, signal))];
}

async function checkAccounts(api: PingOneApi, signal: AbortSignal): Promise<DoctorCheck[]> {
  const listing = probeListing(api, signal);
  const [users, populations, coverage] = await Promise.all([
    runCheck("read users", async () => {
      await listing;
      return passed("Users can be listed.");
    }),
    runCheck(
      "read populations",
      async () => {
        await countAccounts(api, signal);
        return passed("A sweep can confirm the total.");
      },
      (error) => (error.code === "ERR_READ_TOTAL" ? untested : failed)(describeFailure(error)),
    ),
    runCheck("see all accounts", async () => coverageCheck(await readCoverage(api, signal))),
  ]);
  const date = users.result === "passed" ? await listing : undefined;
  const clocks = compareClocks({ vendor: "PingOne", date, now: api.clock(), maxSkewMs: MAX_SKEW_MS });
  return [users, populations, coverage, CHANGE_CHECK, { name: "clock", ...clocks }];
}

/** The listing and the total share what the worker may not see, so that neither shows it. */
function coverageCheck(coverage: Coverage): CheckResult {
  if (coverage.extent === "whole") return passed("The worker application's role covers the whole environment.");
  if (coverage.extent === "limited") {
    const parts = coverage.limitedTo.join(", ");
    const advice = `accounts elsewhere are in no listing and in no total; give it ${ACCOUNTS_ROLE} for the environment`;
    return failed(`The worker application sees only ${parts}: ${advice}.`);
  }
  const advice = "look at its roles in PingOne: one for populations alone hides all other accounts";
  return untested(`Whether the worker application sees all accounts is not known (${coverage.why}); ${advice}.`);
}

/** Nobody's account is changed to find out. */
const CHANGE_CHECK: DoctorCheck = {
  name: "switch MFA on",
  ...untested(`Only changing somebody's mfaEnabled would show it; the worker application needs ${ACCOUNTS_ROLE}.`),
};
