/** An account's MFA devices: listed, and read as second factors. https://developer.pingidentity.com/pingone-api/mfa/users/mfa-devices.html */

import * as v from "valibot";
import type { Device } from "../../model/index.ts";
import { ifPresent, textOrEmpty, timestamp } from "../fields.ts";
import type { PingOneApi } from "./api.ts";
import { linkedList } from "./schema.ts";

const DEVICES_PATH = "/environments/{env}/users/{id}/devices";

/** Every documented type. */
const METHODS_BY_TYPE = new Map<string, Device["method"]>([
  ["SMS", "sms"],
  ["VOICE", "voice"],
  ["EMAIL", "email"],
  ["WHATSAPP", "whatsapp"],
  ["TOTP", "totp"],
  ["OATH_TOKEN", "totp"],
  ["MOBILE", "push"],
  ["PINGID_DESKTOP_GEN2", "desktop"],
  ["FIDO2", "fido2"],
  ["PLATFORM", "fido2"],
  ["SECURITY_KEY", "fido2"],
]);

/** Every documented state, and whether a device can be used in it. */
const USABLE_BY_STATUS = new Map([
  ["ACTIVE", true],
  ["ACTIVATION_REQUIRED", false],
]);
const USABLE_BY_BLOCK = new Map([
  ["UNBLOCKED", true],
  ["BLOCKED", false],
]);
const USABLE_BY_LOCK = new Map([
  ["UNLOCKED", true],
  ["LOCKED", false],
]);

const block = v.fallback(v.object({ status: textOrEmpty }), { status: "" });
const lock = v.fallback(v.object({ status: textOrEmpty, expiresAt: v.optional(v.unknown()) }), { status: "" });
/** One that makes no sense is a device all the same: nobody knows which. */
const device = v.fallback(
  v.object({
    type: textOrEmpty,
    status: textOrEmpty,
    block: ifPresent(block),
    lock: ifPresent(lock),
  }),
  { type: "", status: "" },
);
type PingOneDevice = v.InferOutput<typeof device>;
const deviceList = linkedList({ devices: v.array(device) });

export async function readDevices(api: PingOneApi, id: string, signal: AbortSignal): Promise<Device[]> {
  const devices: Device[] = [];
  for await (const { _embedded } of api.pages({ path: DEVICES_PATH, id, schema: deviceList, signal })) {
    devices.push(..._embedded.devices.map((found) => deviceOf(found, api.clock())));
  }
  return devices;
}

/** @param now epoch ms: a lock that has expired is none */
function deviceOf(found: PingOneDevice, now: number): Device {
  const method = METHODS_BY_TYPE.get(found.type) ?? "unknown";
  const states = statesOf(found, now);
  if (states.some(({ usable }) => usable === false)) return { method, usable: false };
  const unknownValue =
    method === "unknown"
      ? describeValue("of", "kind", found.type)
      : states.find(({ usable }) => usable === undefined)?.described;
  return unknownValue === undefined ? { method, usable: true } : { method: "unknown", usable: true, unknownValue };
}

interface DeviceState {
  /** `undefined` for a value that this version does not know. */
  readonly usable: boolean | undefined;
  readonly described: string;
}

function statesOf({ status, block, lock }: PingOneDevice, now: number): DeviceState[] {
  const read = (name: string, value: string, known: ReadonlyMap<string, boolean>): DeviceState => ({
    usable: known.get(value),
    described: describeValue("with", name, value),
  });
  const isLockOver = v.is(timestamp, lock?.expiresAt) && Date.parse(lock.expiresAt) <= now;
  return [
    read("status", status, USABLE_BY_STATUS),
    ...(block ? [read("block status", block.status, USABLE_BY_BLOCK)] : []),
    ...(lock && !isLockOver ? [read("lock status", lock.status, USABLE_BY_LOCK)] : []),
  ];
}

/** As the vendor wrote it, but for what could break a line. */
const describeValue = (preposition: string, name: string, value: string): string =>
  value === "" ? `without a readable ${name}` : `${preposition} ${name} ${value.replace(/[^\w.-]/g, "?").slice(0, 40)}`;
