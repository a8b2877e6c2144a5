/** Whether an authenticator enrollment policy makes the members of the group register a second factor. https://developer.okta.com/docs/concepts/policies/#authenticator-enrollment-policies */

import { type Fact, knownFact, unknownFact } from "../../model/index.ts";
import type { OktaApi } from "./api.ts";
import { type Enrollment, type Policy, type Rule, readPolicies, readRules } from "./policies.ts";

/** Whether the group is bound, and by what, or why not. */
export interface Binding {
  readonly bound: boolean;
  /** One plain clause. */
  readonly why: string;
}

const unbound = (why: string): Fact<Binding> => knownFact({ bound: false, why });

/** The first policy that a member matches decides, so that each that comes before ours must ask for a factor as well. */
export async function readBinding(api: OktaApi, group: string, signal: AbortSignal): Promise<Fact<Binding>> {
  const policies = await readPolicies(api, "MFA_ENROLL", signal);
  const place = policies.findIndex((policy) => binds(policy, group));
  const ours = policies[place];
  if (!ours) return unbound(`no authenticator enrollment policy that is on is for the group ${group}`);
  if (ours.status !== "ACTIVE")
    return unknownFact(`the authenticator enrollment policy ${ours.id} is in a state that this version does not know`);
  for (const policy of policies.slice(0, place + 1)) {
    const against = whyNotRequiring(policy) ?? whyNotAsking(await readRules(api, policy, signal));
    if (against === undefined) continue;
    const order = policy === ours ? "" : `, which comes before that of the group,`;
    return unbound(`the authenticator enrollment policy ${policy.id}${order} ${against}`);
  }
  return knownFact({
    bound: true,
    why: `the authenticator enrollment policy ${ours.id} requires a factor of the group`,
  });
}

/** The last one, Okta's own, is for everybody. */
function binds({ system, conditions }: Policy, group: string): boolean {
  const { include = [], exclude = [] } = conditions?.people?.groups ?? {};
  return (include.includes(group) || (system === true && include.length === 0)) && !exclude.includes(group);
}

/** What is no second factor, or none that an enrollment can be relied on for; and what this version does not know is none. */
const FACTOR_KEYS = new Set(
  `custom_app custom_otp duo external_idp google_otp okta_verify onprem_mfa phone_number rsa_token symantec_vip webauthn
  yubikey_token fido_u2f fido_webauthn hotp okta_call okta_otp okta_push okta_sms`.split(/\s+/),
);

function whyNotRequiring({ settings, conditions }: Policy): string | undefined {
  if ((conditions?.people?.users?.exclude ?? []).length > 0) return "leaves out some people";
  const enrollments: Enrollment[] = [
    ...(settings?.authenticators ?? []),
    ...Object.entries(settings?.factors ?? {}).map(([key, { enroll }]) => ({ key, enroll })),
  ];
  const required = enrollments.filter(({ key, enroll }) => FACTOR_KEYS.has(key) && enroll.self === "REQUIRED");
  if (required.length === 0) return "requires no second factor, only offers some";
  if (required.every(({ enroll }) => enroll.gracePeriod !== undefined))
    return "lets people put it off, by a grace period";
  return undefined;
}

const ASKING = new Set(["CHALLENGE", "LOGIN"]);

function whyNotAsking(rules: readonly Rule[]): string | undefined {
  if (rules.some(({ actions }) => !ASKING.has(actions?.enroll?.self ?? "")))
    return "has a rule that does not ask people to register";
  return rules.some(isUnconditional) ? undefined : "asks under some conditions alone";
}

/** Whether it is on, and for everybody and everywhere. */
function isUnconditional({ status, conditions }: Rule): boolean {
  const { people, network, app } = conditions ?? {};
  const lists = [people?.users?.include, people?.users?.exclude, people?.groups?.include, people?.groups?.exclude];
  const isEverywhere = network === undefined || network.connection === "ANYWHERE";
  return (
    status === "ACTIVE" &&
    isEverywhere &&
    [...lists, app?.include, app?.exclude].every((list = []) => list.length === 0)
  );
}
