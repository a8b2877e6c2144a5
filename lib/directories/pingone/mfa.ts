/** An account's MFA switch: read, turned on, and put back. https://developer.pingidentity.com/pingone-api/mfa/users.html */

import { type ChangeRequestResult, type Fact, type RecordedFacts, unknownFact } from "../../model/index.ts";
import type { PingOneApi } from "./api.ts";
import { isLinkTo, mfaSwitch, switchOf } from "./schema.ts";

const SWITCH_PATH = "/environments/{env}/users/{id}/mfaEnabled";

/** Unknown if the answer is about another account. */
export async function readMfaSwitch(api: PingOneApi, id: string, signal: AbortSignal): Promise<Fact<boolean>> {
  const { body } = await api.call({ path: SWITCH_PATH, id, schema: mfaSwitch, signal });
  const link = body._links?.user?.href;
  if (link !== undefined && !isLinkTo(link, id)) {
    return unknownFact("PingOne answered about another account's mfaEnabled");
  }
  return switchOf(body);
}

/** Throws `ERR_VENDOR_FORMAT` if the answer does not confirm the change of this account. */
export const turnMfaOn = (api: PingOneApi, id: string, signal: AbortSignal): Promise<"sent"> =>
  setSwitch(api, id, true, signal);

/** Turns MFA off where it was off before; the devices are left as they are. Throws as `turnMfaOn`. */
export async function revertSwitch(
  api: PingOneApi,
  id: string,
  before: RecordedFacts,
  signal: AbortSignal,
): Promise<ChangeRequestResult> {
  const against = whyNotReverted(before);
  return against === undefined ? setSwitch(api, id, false, signal) : { outcome: "refused", why: against };
}

/** Only what is on record is put back. */
export const whyNotReverted = (before: RecordedFacts): string | undefined =>
  before.enabled === false ? undefined : "it is not on record that MFA was off before";

async function setSwitch(api: PingOneApi, id: string, mfaEnabled: boolean, signal: AbortSignal): Promise<"sent"> {
  const { body } = await api.call({
    method: "PUT",
    path: SWITCH_PATH,
    id,
    body: { mfaEnabled },
    schema: mfaSwitch,
    signal,
  });
  const place = { method: "PUT", path: SWITCH_PATH };
  const link = body._links?.user?.href;
  if (link === undefined || !isLinkTo(link, id)) {
    const advice = "took the change but did not name the account it was asked for; look at both";
    throw api.vendorError("ERR_VENDOR_FORMAT", place, advice);
  }
  if (body.mfaEnabled !== mfaEnabled) {
    const advice = `took the change but did not say that mfaEnabled is ${mfaEnabled}; look at the account`;
    throw api.vendorError("ERR_VENDOR_FORMAT", place, advice);
  }
  return "sent";
}
