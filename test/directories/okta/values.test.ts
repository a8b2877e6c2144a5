/** What each value of Okta's document means for a verdict. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/UserFactor */
import type { TestContext } from "node:test";
import { newFactor, type Okta } from "../../../simulators/okta/index.ts";
import { enumOf } from "../../documents/values.ts";
import { never } from "../tenant.ts";
import { checkValues, verdictsOn } from "../values.ts";
import { openOn, start } from "./org.ts";

const BOTH = "compliant";
const REGISTERED = "compliant, violating";
const NOT = "violating";
const CANNOT_SIGN_IN = "out-of-scope";

/** Somebody in the enrolment group with a security key. @param change what is otherwise */
async function verdicts(context: TestContext, change: (okta: Okta, id: string) => void): Promise<string> {
  const { okta } = await start(context);
  const { id } = okta.user(3);
  const groups = [okta.known.enrolment.id];
  okta.change(id, { status: "ACTIVE", groups, factors: [newFactor("webauthn", "key")] });
  change(okta, id);
  return verdictsOn(openOn(okta), id);
}

const fieldsOf = (value: unknown) => value as Record<string, Record<string, unknown>>;
/** The enrollment policy of the group, as the API shows it. */
const policyOf = (okta: Okta) => fieldsOf(okta.policies[0]?.document);
const ruleOf = (okta: Okta, policy = 0) => fieldsOf(okta.policies[policy]?.rules[0]);
/** The one of an application that asks for two factors. */
const ASKING_POLICY = 3;

checkValues({
  field: "status of a user",
  documented: enumOf("okta", "UserStatus"),
  meaning: {
    ACTIVE: BOTH,
    PROVISIONED: BOTH,
    PASSWORD_EXPIRED: BOTH,
    RECOVERY: BOTH,
    LOCKED_OUT: BOTH,
    STAGED: CANNOT_SIGN_IN,
    SUSPENDED: CANNOT_SIGN_IN,
    DEPROVISIONED: CANNOT_SIGN_IN,
  },
  outcome: (context, status) => verdicts(context, (okta, id) => okta.change(id, { status })),
});

checkValues({
  field: "factorType",
  documented: enumOf("okta", "UserFactorType"),
  meaning: {
    call: REGISTERED,
    email: REGISTERED,
    push: REGISTERED,
    signed_nonce: REGISTERED,
    sms: REGISTERED,
    token: REGISTERED,
    "token:hardware": REGISTERED,
    "token:hotp": REGISTERED,
    "token:software:totp": REGISTERED,
    web: REGISTERED,
    u2f: BOTH,
    webauthn: BOTH,
    // The person knows it, as the password.
    question: NOT,
  },
  outcome: (context, type) =>
    verdicts(context, (okta, id) => okta.change(id, { factors: [newFactor(type, "only one")] })),
});

checkValues({
  field: "status of a factor",
  documented: enumOf("okta", "UserFactorStatus"),
  meaning: {
    ACTIVE: BOTH,
    DISABLED: NOT,
    ENROLLED: NOT,
    EXPIRED: NOT,
    INACTIVE: NOT,
    NOT_SETUP: NOT,
    PENDING_ACTIVATION: NOT,
  },
  outcome: (context, status) =>
    verdicts(context, (okta, id) => okta.change(id, { factors: [newFactor("webauthn", "only one", status)] })),
});

checkValues({
  field: "status of the enrollment policy",
  documented: enumOf("okta", "LifecycleStatus"),
  meaning: { ACTIVE: BOTH, INACTIVE: NOT },
  outcome: (context, status) => verdicts(context, (okta) => Object.assign(policyOf(okta), { status })),
});

checkValues({
  field: "status of the enrollment policy's rule",
  documented: enumOf("okta", "LifecycleStatus"),
  meaning: { ACTIVE: BOTH, INACTIVE: NOT },
  outcome: (context, status) => verdicts(context, (okta) => Object.assign(ruleOf(okta), { status })),
});

checkValues({
  field: "status of the only rule that asks for two factors",
  documented: enumOf("okta", "LifecycleStatus"),
  meaning: { ACTIVE: BOTH, INACTIVE: NOT },
  outcome: (context, status) => verdicts(context, (okta) => Object.assign(ruleOf(okta, ASKING_POLICY), { status })),
});

checkValues({
  field: "enroll.self of the policy's authenticator",
  documented: enumOf("okta", "AuthenticatorEnrollmentPolicyAuthenticatorStatus"),
  meaning: { REQUIRED: BOTH, OPTIONAL: NOT, NOT_ALLOWED: NOT },
  outcome: (context, self) =>
    verdicts(context, (okta) => {
      policyOf(okta).settings = { type: "AUTHENTICATORS", authenticators: [{ key: "okta_verify", enroll: { self } }] };
    }),
});

checkValues({
  field: "key of the only authenticator that the policy requires",
  documented: enumOf("okta", "AuthenticatorEnrollmentPolicyAuthenticatorType"),
  meaning: {
    custom_app: BOTH,
    custom_otp: BOTH,
    duo: BOTH,
    external_idp: BOTH,
    google_otp: BOTH,
    okta_verify: BOTH,
    onprem_mfa: BOTH,
    phone_number: BOTH,
    rsa_token: BOTH,
    symantec_vip: BOTH,
    webauthn: BOTH,
    yubikey_token: BOTH,
    okta_email: NOT,
    okta_password: NOT,
    security_question: NOT,
  },
  outcome: (context, key) =>
    verdicts(context, (okta) => {
      policyOf(okta).settings = { type: "AUTHENTICATORS", authenticators: [{ key, enroll: { self: "REQUIRED" } }] };
    }),
});

checkValues({
  field: "enroll.self of the policy's rule",
  documented: enumOf("okta", "PolicyRuleActionsEnrollSelf"),
  meaning: { CHALLENGE: BOTH, LOGIN: BOTH, NEVER: NOT, NEVER_INCLUDING_RECOVERY: NOT },
  outcome: (context, self) =>
    verdicts(context, (okta) => {
      ruleOf(okta).actions = { enroll: { self } };
    }),
});

checkValues({
  field: "network connection of the policy's rule",
  documented: enumOf("okta", "PolicyNetworkConnection"),
  meaning: { ANYWHERE: BOTH, ZONE: NOT },
  outcome: (context, connection) =>
    verdicts(context, (okta) => {
      ruleOf(okta).conditions = { network: { connection } };
    }),
});

checkValues({
  field: "access of the only sign-on rule that asks for two factors",
  documented: enumOf("okta", "PolicyAccess"),
  meaning: { ALLOW: BOTH, DENY: NOT },
  outcome: (context, access) =>
    verdicts(context, (okta) => {
      const verificationMethod = { type: "ASSURANCE", factorMode: "2FA" };
      ruleOf(okta, ASKING_POLICY).actions = { appSignOn: { access, verificationMethod } };
    }),
});

checkValues({
  field: "factorMode of the only sign-on rule that may ask for two factors",
  documented: enumOf("okta", "AssuranceMethodFactorMode"),
  meaning: { "1FA": NOT, "2FA": BOTH },
  outcome: (context, factorMode) =>
    verdicts(context, (okta) => {
      const verificationMethod = { type: "ASSURANCE", factorMode };
      ruleOf(okta, ASKING_POLICY).actions = { appSignOn: { access: "ALLOW", verificationMethod } };
    }),
});

checkValues({
  field: "type of the enrolment group, for a change",
  documented: enumOf("okta", "GroupType"),
  meaning: { OKTA_GROUP: "sent", APP_GROUP: "refused", BUILT_IN: "refused" },
  outcome: async (context, type) => {
    const { okta } = await start(context);
    const { id } = okta.user(3);
    okta.change(id, { status: "ACTIVE", groups: [], factors: [] });
    okta.known.enrolment.type = type;
    const directory = openOn(okta);
    const subject = await directory.read(id, never);
    const result = subject && (await directory.enforce?.(subject, never));
    return typeof result === "object" ? result.outcome : (result ?? "nothing");
  },
});
