/** The users of the simulated tenant: each follows from an index and the seed alone. */

import { createHash } from "node:crypto";
import type { Group, User } from "./people.ts";

const DAY_MS = 86_400_000;

/** Numbers from 0 to 1 and ids that follow from a key. */
function drawer(seed: number) {
  const digest = (key: string) => createHash("sha256").update(`${seed} ${key}`).digest();
  return {
    number: (key: string) => digest(key).readUInt32BE() / 2 ** 32,
    id: (key: string) => {
      const hex = digest(key).toString("hex");
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
    },
  };
}

const GIVEN_NAMES =
  "ada alan barbara claude d'arcy dennis edsger frances grace hedy jean-luc ken linus margaret niklaus o'neil radia tim".split(
    " ",
  );
const FAMILY_NAMES =
  "allen berners-lee cerf dijkstra hamilton hopper kay lamarr lovelace o'brien perlman ritchie turing wirth".split(" ");

const METHODS: readonly (readonly [upTo: number, methods: string[]])[] = [
  [0.5, ["microsoftAuthenticatorPush", "softwareOneTimePasscode"]],
  [0.7, ["mobilePhone", "email"]],
  [0.78, ["fido2SecurityKey", "microsoftAuthenticatorPush"]],
  [0.84, ["windowsHelloForBusiness"]],
  [0.88, ["email"]],
  [1, []],
];

const STATES: readonly (readonly [upTo: number, state: string])[] = [
  [0.7, "enforced"],
  [0.75, "enabled"],
  [1, "disabled"],
];

const pick = <T>(options: readonly (readonly [number, T])[], draw: number): T =>
  (options.find(([upTo]) => draw < upTo) ?? (options.at(-1) as readonly [number, T]))[1];

const nameAt = (names: readonly string[], draw: number): string => names[Math.floor(draw * names.length)] ?? "";

export interface Seed {
  groups: Group[];
  /** The user with this index. */
  user(index: number): User;
}

/** @param now in ms; cut to the day, so that one day's runs agree on every date */
export function seedTenant(seed: number, now: number): Seed {
  const draw = drawer(seed);
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const groups = ["Service accounts", "Administrators"].map((displayName, n) => ({
    id: draw.id(`group ${n}`),
    displayName,
  }));
  const user = (index: number): User => {
    const chance = (what: string) => draw.number(`${what} ${index}`);
    const name = `${nameAt(GIVEN_NAMES, chance("given"))}.${nameAt(FAMILY_NAMES, chance("family"))}.${index}`;
    const isGuest = chance("guest") < 0.06;
    const address = `${name}@example.com`;
    const userPrincipalName = isGuest ? `${name}_example.org#EXT#@contoso.onmicrosoft.com` : address;
    return {
      id: draw.id(`user ${index}`),
      userPrincipalName,
      displayName: name,
      employeeId: isGuest ? null : `E${String(index).padStart(6, "0")}`,
      mail: chance("mail") < 0.05 ? null : address,
      accountEnabled: chance("enabled") >= 0.03,
      userType: isGuest ? "Guest" : "Member",
      creationType: isGuest ? "Invitation" : null,
      createdDateTime: new Date(today - Math.floor(chance("age") * 900) * DAY_MS).toISOString().replace(".000Z", "Z"),
      perUserMfaState: isGuest ? "disabled" : pick(STATES, chance("state")),
      methods: pick(METHODS, chance("methods")),
      groups: groups.filter((_, n) => chance(`group ${n}`) < 0.03).map(({ id }) => id),
      inReport: true,
    };
  };
  return { groups, user };
}
