/** What chance decides about the people of the simulated PingOne; the same seed decides the same. */

import { mix } from "./ids.ts";
import type { Device } from "./people.ts";

export const DAY_MS = 86_400_000;
const RECENT_DAYS = 5;
const OLDEST_DAYS = 3 * 365;
/** The index of their population. */
export const ADMINISTRATORS = 2;

// What a draw is for; two draws about one account must not depend on each other.
const ASPECTS = {
  population: 1,
  enabled: 2,
  mfaEnabled: 3,
  service: 4,
  helpdesk: 5,
  given: 6,
  family: 7,
  recent: 8,
  age: 9,
  devices: 10,
  firstType: 11,
  secondType: 12,
  second: 13,
};

/** A number from 0 to 1 for one aspect of an account. @param key of the seed */
export function draw(key: number, index: number, aspect: keyof typeof ASPECTS): number {
  return mix(mix(index ^ key) + Math.imul(ASPECTS[aspect], 0x9e3779b1)) / 2 ** 32;
}

/** The value that a number from 0 to 1 stands for. */
export function pick(values: string[], share: number): string {
  return values[Math.floor(share * values.length)] ?? "";
}

/** The index of an account's population. */
export function drawPopulation(key: number, index: number): number {
  const share = draw(key, index, "population");
  if (share < 0.85) return 0;
  return share < 0.97 ? 1 : ADMINISTRATORS;
}

/** The indexes of an account's groups. */
export function drawGroups(key: number, index: number): number[] {
  const isMember = [draw(key, index, "service") < 0.01, draw(key, index, "helpdesk") < 0.03];
  return isMember.flatMap((member, n) => (member ? [n] : []));
}

/** How long an account has been there, in ms. */
export function drawAge(key: number, index: number): number {
  const age = draw(key, index, "age");
  const isRecent = draw(key, index, "recent") < 0.01;
  return Math.floor((isRecent ? age * RECENT_DAYS : RECENT_DAYS + age * (OLDEST_DAYS - RECENT_DAYS)) * DAY_MS);
}

const EVERYDAY_TYPES = ["MOBILE", "MOBILE", "MOBILE", "TOTP", "TOTP", "SMS", "SMS", "EMAIL", "VOICE", "FIDO2"];
const ADMINISTRATOR_TYPES = [...Array<string>(9).fill("FIDO2"), "TOTP"];

/** The devices of an account. */
export function drawDevices(key: number, index: number): Device[] {
  const isAdministrator = drawPopulation(key, index) === ADMINISTRATORS;
  const type = pick(isAdministrator ? ADMINISTRATOR_TYPES : EVERYDAY_TYPES, draw(key, index, "firstType"));
  const share = draw(key, index, "devices");
  if (share >= 0.97) return [];
  if (share >= 0.94) return [{ type, status: "ACTIVATION_REQUIRED" }];
  if (share >= 0.92) return [{ type, status: "ACTIVE", block: { status: "BLOCKED" } }];
  const second = { type: pick(EVERYDAY_TYPES, draw(key, index, "secondType")), status: "ACTIVE" };
  return draw(key, index, "second") < 0.2 ? [{ type, status: "ACTIVE" }, second] : [{ type, status: "ACTIVE" }];
}
