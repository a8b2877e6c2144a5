/** What `doctor` can find out about a PingOne environment without changing anything. */

import type { Clock, DoctorCheck } from "../../model/index.ts";
import { compareClocks, describeError, failed, passed, runCheck, untested } from "../doctor-check.ts";
import { countAccounts, probeListing } from "./accounts.ts";
import type { PingOneApi } from "./api.ts";
import { ACCOUNTS_ROLE } from "./settings.ts";

const MAX_SKEW_MS = 5 * 60_000;

/** A check whose failure leaves nothing more to see is the last one. */
export async function checkEnvironment(api: PingOneApi, clock: Clock, signal: AbortSignal): Promise<DoctorCheck[]> {
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
  return [reach, token, ...(await checkAccounts(api, clock, signal))];
}

async function checkAccounts(api: PingOneApi, clock: Clock, signal: AbortSignal): Promise<DoctorCheck[]> {
  const listing = probeListing(api, signal);
  const [users, populations] = await Promise.all([
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
      (error) => (error.code === "ERR_READ_TOTAL" ? untested : failed)(describeError(error)),
    ),
  ]);
  const date = users.result === "passed" ? await listing : undefined;
  const clocks = compareClocks({ vendor: "PingOne", date, now: clock(), maxSkewMs: MAX_SKEW_MS });
  return [users, populations, CHANGE_CHECK, { name: "clock", ...clocks }];
}

/** Nobody's account is changed to find out. */
const CHANGE_CHECK: DoctorCheck = {
  name: "switch MFA on",
  ...untested(`Only changing somebody's mfaEnabled would show it; the worker application needs ${ACCOUNTS_ROLE}.`),
};
