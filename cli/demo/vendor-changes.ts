/** What happens at the simulated vendors of `demo`: a change by hand, and a count of the changes that we made. */

import * as v from "valibot";
import type { Simulators } from "../local/simulators.ts";

const CALL_DEADLINE_MS = 10_000;

/** Changes an MFA server profile as somebody would by hand. */
export async function changeProfileByHand({ controls, strata }: Simulators): Promise<void> {
  const body = JSON.stringify({ name: strata.wishes[0]?.name, patch: { mfa_cert_profile: "old-certificates" } });
  const signal = AbortSignal.timeout(CALL_DEADLINE_MS);
  await fetch(`${controls.strata}/edit`, { method: "POST", body, signal });
}

/** Calls that change something at a vendor. */
const CHANGING_CALL = /^(PUT|PATCH|POST) (mfaEnabled|switch|servers?|push|user)$/;
const callCounts = v.record(v.string(), v.number());

/** How often the simulators were told to change something. */
export async function countChangingCalls({ controls }: Simulators): Promise<number> {
  const counts = await Promise.all(
    Object.values(controls).map(async (control) => {
      const answer = await fetch(`${control}/calls?count`, { signal: AbortSignal.timeout(CALL_DEADLINE_MS) });
      return Object.entries(v.parse(callCounts, await answer.json()));
    }),
  );
  return counts.flat().reduce((sum, [call, count]) => (CHANGING_CALL.test(call) ? sum + count : sum), 0);
}

/** From now on PingOne takes changes and does nothing about them, until it works again. */
export const breakPingOne = ({ controls }: Simulators): Promise<unknown> =>
  fetch(`${controls.pingone}/faults`, {
    method: "POST",
    body: JSON.stringify({ kind: "no-effect" }),
    signal: AbortSignal.timeout(CALL_DEADLINE_MS),
  });

export const mendPingOne = ({ controls }: Simulators): Promise<unknown> =>
  fetch(`${controls.pingone}/faults`, { method: "DELETE", signal: AbortSignal.timeout(CALL_DEADLINE_MS) });
