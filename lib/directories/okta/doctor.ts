/** What `doctor` can find out about an Okta org without changing anything. */

import * as v from "valibot";
import { describeFailure } from "../../errors.ts";
import type { Coverage, DoctorCheck } from "../../model/index.ts";
import { type CheckResult, compareClocks, failed, passed, runCheck, untested } from "../doctor-check.ts";
import type { OktaApi } from "./api.ts";
import { readCoverage } from "./coverage.ts";
import type { MemberSource } from "./members.ts";
import { type ProtectionSource, whyUnbound } from "./protection.ts";
import { userList } from "./schema.ts";
import { USERS_PATH } from "./users.ts";

const MAX_SKEW_MS = 5 * 60_000;

export interface DoctorSource {
  readonly api: OktaApi;
  readonly protection: ProtectionSource;
  readonly members: MemberSource;
}

/** A check whose failure leaves nothing more to see is the last one. */
export async function checkOrg(source: DoctorSource, signal: AbortSignal): Promise<DoctorCheck[]> {
  const { api } = source;
  let date: string | undefined;
  const reach = await runCheck("reach", async () => {
    date = await api.reach(signal);
    return passed(`${api.org} answers.`);
  });
  if (reach.result !== "passed") return [reach];
  const users = await runCheck("read users", async () => {
    await api.call({ path: USERS_PATH, query: { limit: "1" }, schema: userList, signal });
    return passed("The credential is accepted, and users can be listed.");
  });
  if (users.result !== "passed") return [reach, users];
  const clock = compareClocks({ vendor: "Okta", date, now: api.clock(), maxSkewMs: MAX_SKEW_MS });
  return [reach, users, { name: "clock", ...clock }, ...(await checkRights(source, signal))];
}

const checkRights = ({ api, protection, members }: DoctorSource, signal: AbortSignal): Promise<DoctorCheck[]> =>
  Promise.all([
    runCheck("see all accounts", async () => coverageCheck(await readCoverage(api, signal))),
    runCheck("read the enrolment group", async () => {
      const inGroup = await members.get(signal);
      if (!inGroup.known) return failed(`Every verdict is unknown: ${inGroup.why}.`);
      return passed(`${inGroup.value.size} people are in the enrolment group.`);
    }),
    runCheck("membership asks for a second factor", async () => {
      const against = whyUnbound(await protection.get(signal));
      if (against === undefined) return passed(BOUND);
      return failed(`Nobody is put into the enrolment group: ${against.replace(/\.$/, "")}.`);
    }),
    runCheck(
      "read the System Log",
      async () => {
        await api.call({ path: "/api/v1/logs", query: { limit: "1" }, schema: v.array(v.unknown()), signal });
        return passed("The System Log can be read.");
      },
      (error) => untested(`${describeFailure(error)} Without it, every sweep asks for everybody's factors.`),
    ),
  ]);

const BOUND =
  "An authenticator enrollment policy requires a second factor of the enrolment group, and a sign-on policy asks for one. Which applications that covers is not looked at.";

/** What a limited role does not show is in no listing, and nothing else shows it either. */
function coverageCheck(coverage: Coverage): CheckResult {
  if (coverage.extent === "whole") return passed("The credential's admin role shows it every user.");
  const advice = "give it the role Read-Only Administrator, or Organization Administrator to change people";
  if (coverage.extent === "unknown")
    return untested(
      `Whether the credential sees all users is not known: ${coverage.why.replace(/\.$/, "")}; ${advice}.`,
    );
  return failed(`The credential sees only ${coverage.limitedTo.join(", ")}; ${advice}.`);
}
