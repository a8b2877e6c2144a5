/** The people and groups that a simulated realm begins with: the same seed and number give the same. */

import { createHash } from "node:crypto";
import type { Credential, Group, User } from "./people.ts";

const DAY_MS = 86_400_000;
const GIVEN = "ada alan barbara claude dennis edsger frances grace hedy ken linus margaret niklaus radia tim".split(
  " ",
);
const FAMILY = "allen berners cerf dijkstra hamilton hopper kay lamarr lovelace perlman ritchie turing wirth".split(
  " ",
);

/** An id that follows from a text. */
export function idOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A group with one inside it, and one beside it. */
export function seedGroups(seed: number): Group[] {
  const staff = { id: idOf(`${seed} staff`), name: "staff", path: "/staff" };
  return [
    staff,
    { id: idOf(`${seed} admins`), name: "admins", path: "/staff/admins", parentId: staff.id },
    { id: idOf(`${seed} robots`), name: "robots", path: "/robots" },
  ];
}

/** @param now in ms; dates are cut to the day, so that one day's runs agree on each */
export function seedUser(index: number, options: { seed: number; now: number; share: number; groups: Group[] }): User {
  const { seed, now, share, groups } = options;
  const draw = (aspect: string) =>
    createHash("sha256").update(`${seed} ${index} ${aspect}`).digest().readUInt32BE() / 2 ** 32;
  const pick = (values: string[], aspect: string) => values[Math.floor(draw(aspect) * values.length)] ?? "";
  const [given, family] = [pick(GIVEN, "given"), pick(FAMILY, "family")];
  const username = `${given}.${family}.${index}`;
  const isAdmin = draw("admin") < 0.05;
  const created = Math.floor(now / DAY_MS - 10 - draw("age") * 1000) * DAY_MS;
  return {
    id: idOf(`${seed} user ${index}`),
    username,
    email: `${username}@example.com`,
    firstName: given,
    lastName: family,
    enabled: draw("enabled") >= 0.02,
    createdTimestamp: created,
    requiredActions: [],
    credentials: seedCredentials(username, created, draw("otp") < share),
    groups: [groups[isAdmin ? 1 : 0]?.id ?? ""],
    attributes: { locale: ["en"] },
  };
}

export function seedCredentials(username: string, created: number, hasOtp: boolean): Credential[] {
  const password = { id: idOf(`${username} password`), type: "password", createdDate: created };
  const otp = { id: idOf(`${username} otp`), type: "otp", userLabel: "phone", createdDate: created };
  return hasOtp ? [password, otp] : [password];
}
