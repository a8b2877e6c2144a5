/** The people, groups and policies that a simulated org begins with: the same seed and number give the same. */

import { createHash } from "node:crypto";
import type { Document } from "../shared/answers.ts";
import type { Factor, Group, Policy, User } from "./people.ts";

const DAY_MS = 86_400_000;
const GIVEN = "ada alan barbara claude dennis edsger frances grace hedy ken linus margaret niklaus radia tim".split(
  " ",
);
const FAMILY = "allen berners cerf dijkstra hamilton hopper kay lamarr lovelace perlman ritchie turing wirth".split(
  " ",
);

/** An id that follows from a text, as Okta's look. @param prefix of its kind, like `00u` for users */
export const idOf = (prefix: string, text: string): string =>
  prefix +
  createHash("sha256")
    .update(text)
    .digest("hex")
    .slice(0, 20 - prefix.length);

export interface Groups {
  everyone: Group;
  /** Whose members must register a second factor. */
  enrolment: Group;
  admins: Group;
}

/** @param enrolmentId in place of one that follows from the seed */
export const seedGroups = (seed: number, enrolmentId = idOf("00g", `${seed} enrolment`)): Groups => ({
  everyone: { id: idOf("00g", `${seed} everyone`), name: "Everyone", type: "BUILT_IN" },
  enrolment: { id: enrolmentId, name: "MFA required", type: "OKTA_GROUP" },
  admins: { id: idOf("00g", `${seed} admins`), name: "Admins", type: "OKTA_GROUP" },
});

/** @param now in ms; dates are cut to the day, so that one day's runs agree on each */
export function seedUser(
  index: number,
  { seed, now, share, groups }: { seed: number; now: number; share: number; groups: Groups },
): User {
  const draw = (aspect: string) =>
    createHash("sha256").update(`${seed} ${index} ${aspect}`).digest().readUInt32BE() / 2 ** 32;
  const pick = (values: string[], aspect: string) => values[Math.floor(draw(aspect) * values.length)] ?? "";
  const login = `${pick(GIVEN, "given")}.${pick(FAMILY, "family")}.${index}@example.com`;
  const created = new Date(Math.floor(now / DAY_MS - 10 - draw("age") * 1000) * DAY_MS).toISOString();
  const isProtected = draw("mfa") < share;
  return {
    id: idOf("00u", `${seed} user ${index}`),
    login,
    email: login,
    status: draw("status") < 0.02 ? "SUSPENDED" : "ACTIVE",
    created,
    lastUpdated: created,
    factors: isProtected ? [newFactor("push", `${login} push`)] : [],
    groups: [...(isProtected ? [groups.enrolment.id] : []), ...(draw("admin") < 0.05 ? [groups.admins.id] : [])],
  };
}

export const newFactor = (factorType: string, text: string, status = "ACTIVE"): Factor => ({
  id: idOf("opf", text),
  factorType,
  status,
  provider: factorType === "webauthn" || factorType === "u2f" ? "FIDO" : "OKTA",
});

/** One that requires Okta Verify of the group, Okta's own that offers it to all others, and sign-on policies that ask. */
export function seedPolicies({ enrolment, everyone }: Groups): Policy[] {
  return [
    enrollmentPolicy("group", { priority: 1, system: false, group: enrolment.id, self: "REQUIRED" }),
    enrollmentPolicy("default", { priority: 2, system: true, group: everyone.id, self: "OPTIONAL" }),
    policyOf("OKTA_SIGN_ON", "session", { priority: 1, system: true }, [
      { type: "SIGN_ON", actions: { signon: { access: "ALLOW", requireFactor: false } } },
    ]),
    policyOf("ACCESS_POLICY", "any two factors", { priority: 1, system: true }, [
      {
        type: "ACCESS_POLICY",
        actions: {
          appSignOn: {
            access: "ALLOW",
            verificationMethod: { type: "ASSURANCE", factorMode: "2FA", reauthenticateIn: "PT2H" },
          },
        },
      },
    ]),
  ];
}

function enrollmentPolicy(
  name: string,
  { priority, system, group, self }: { priority: number; system: boolean; group: string; self: string },
): Policy {
  const authenticators = [
    { key: "okta_password", enroll: { self: "REQUIRED" } },
    { key: "okta_email", enroll: { self: "REQUIRED" } },
    { key: "okta_verify", enroll: { self } },
  ];
  const fields = {
    priority,
    system,
    conditions: { people: { groups: { include: [group] } } },
    settings: { type: "AUTHENTICATORS", authenticators },
  };
  return policyOf("MFA_ENROLL", name, fields, [
    {
      type: "MFA_ENROLL",
      conditions: { people: { users: { exclude: [] } }, network: { connection: "ANYWHERE" } },
      actions: { enroll: { self: "CHALLENGE" } },
    },
  ]);
}

/** @param fields beside those that every policy has */
export function policyOf(type: string, name: string, fields: Document, rules: Document[]): Policy {
  const id = idOf("00p", `${type} ${name}`);
  return {
    id,
    type,
    document: { id, type, name, status: "ACTIVE", ...fields },
    rules: rules.map((rule, index) => ({
      id: idOf("0pr", `${id} ${index}`),
      name: `rule ${index + 1}`,
      status: "ACTIVE",
      priority: index + 1,
      system: false,
      ...rule,
    })),
  };
}
