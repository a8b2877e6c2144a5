/** An account's MFA: its switch, read and turned on, and its devices. https://developer.pingidentity.com/pingone-api/mfa/users.html */

import { type Device, type Fact, unknownFact } from "../../model/index.ts";
import type { PingOneApi } from "./api.ts";
import { deviceList, deviceOf, isLinkTo, mfaSwitch, switchOf } from "./schema.ts";

const SWITCH_PATH = "/environments/{env}/users/{id}/mfaEnabled";
const DEVICES_PATH = "/environments/{env}/users/{id}/devices";

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
export async function turnMfaOn(api: PingOneApi, id: string, signal: AbortSignal): Promise<"sent"> {
  const { body } = await api.call({
    method: "PUT",
    path: SWITCH_PATH,
    id,
    body: { mfaEnabled: true },
    schema: mfaSwitch,
    signal,
  });
  const place = { method: "PUT", path: SWITCH_PATH };
  const link = body._links?.user?.href;
  if (link === undefined || !isLinkTo(link, id)) {
    const advice = "took the change but did not name the account it was asked for; look at both";
    throw api.vendorError("ERR_VENDOR_FORMAT", place, advice);
  }
  if (body.mfaEnabled !== true) {
    const advice = "took the change but did not say that mfaEnabled is true; look at the account";
    throw api.vendorError("ERR_VENDOR_FORMAT", place, advice);
  }
  return "sent";
}

export async function readDevices(api: PingOneApi, id: string, signal: AbortSignal): Promise<Device[]> {
  const devices: Device[] = [];
  for await (const { _embedded } of api.pages({ path: DEVICES_PATH, id, schema: deviceList, signal })) {
    devices.push(..._embedded.devices.map(deviceOf));
  }
  return devices;
}
