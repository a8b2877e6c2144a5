/** A simulated Okta org whose sweeps are counted. */
import * as v from "valibot";
import { startOkta } from "../../simulators/okta/index.ts";
import type { CountedTenant } from "./counted-tenant.ts";

/** The first sweep asks everybody for their factors: the clock moves fast enough that nobody waits for the policy's limit. */
const CLOCK_STEP_MS = 1;
const ALL_PER_MINUTE = 10_000;

/** Everybody is in the enrolment group and has a factor. */
export async function startOktaTenant(accounts: number): Promise<CountedTenant> {
  let now = Date.now();
  const okta = await startOkta({ users: accounts, mfaShare: 1 });
  const { org, known, apiToken } = okta;
  return {
    directory: { vendor: "okta", org, enrolmentGroup: known.enrolment.id, factorReadsPerMinute: ALL_PER_MINUTE },
    // An app's tokens would not stand a clock that is ahead: they are 11 calls more.
    secret: { apiToken },
    directoryClock: () => {
      now += CLOCK_STEP_MS;
      return now;
    },
    countCalls: okta.counts,
    readPages: () => readPages(`${org}/api/v1/users?limit=200`, apiToken),
    close: okta.close,
  };
}

async function readPages(first: string, apiToken: string): Promise<number> {
  let pages = 0;
  for (let url: string | undefined = first; url !== undefined; pages++) {
    const page: Response = await fetch(url, { headers: { authorization: `SSWS ${apiToken}` } });
    v.parse(v.array(v.unknown()), await page.json());
    url = /<([^>]+)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1];
  }
  return pages;
}
