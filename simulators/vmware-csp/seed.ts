/** The accounts that a simulated VMware Cloud Services starts with: all of them follow from their names and the seed. */

import { createHash } from "node:crypto";
import type { Principal, PrincipalSeed, User } from "./people.ts";
import { encodeBase32 } from "./totp.ts";

/** A principal as it was stated; what was left out follows from its name. */
export function createPrincipal(given: PrincipalSeed, seed: number): Principal {
  const { username } = given;
  return {
    password: `P-${digest(`password ${username}`, seed).toString("base64url").slice(0, 16)}`,
    apiToken: digest(`token ${username}`, seed).toString("base64url"),
    totpSeed: encodeBase32(digest(`seed ${username}`, seed).subarray(0, 20)),
    activated: true,
    turnedOn: false,
    deviceName: "Authenticator",
    member: true,
    service: false,
    ...given,
    userId: userIdOf(username, seed),
    wrongPasswords: 0,
    locked: false,
    gone: false,
  };
}

const GIVEN_NAMES = "ada alan barbara claude dennis edsger frances grace hedy ken linus margaret".split(" ");
const AWKWARD_NAMES = ["😀@example.com", "\u202Emoc.elpmaxe@eve", "line\nbreak@example.com", "__proto__"];

/** The n-th plain user; some have awkward names. */
export function createUser(n: number, seed: number): User {
  const name = `${GIVEN_NAMES[n % GIVEN_NAMES.length]}.${n}@example.com`;
  const username = n % 50 === 7 ? (AWKWARD_NAMES[Math.floor(n / 50)] ?? name) : name;
  return { userId: userIdOf(`user ${n}`, seed), username };
}

/** The id that follows from a name. */
export function userIdOf(name: string, seed: number): string {
  return `vmware.com:${digest(`id ${name}`, seed).toString("hex").slice(0, 32)}`;
}

function digest(text: string, seed: number): Buffer {
  return createHash("sha256").update(`${seed} ${text}`).digest();
}
