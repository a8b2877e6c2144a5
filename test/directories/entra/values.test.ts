/** What each value of Microsoft's documents means for a verdict. https://learn.microsoft.com/graph/api/resources/userregistrationdetails */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Entra } from "../../../simulators/entra/index.ts";
import { enumOf, namedInProse } from "../../documents/values.ts";
import { never } from "../tenant.ts";
import { checkValues, verdictsOn } from "../values.ts";
import { MEMBER, start } from "./tenant.ts";

const BOTH = "compliant";
const REGISTERED = "compliant, violating";
const NOT = "violating";
const UNKNOWN = "unknown";

/** A member whose per-user MFA is enforced, with a security key. @param change what is otherwise */
async function verdicts(context: TestContext, change: Parameters<Entra["change"]>[1]): Promise<string> {
  const { entra, directory } = await start(context, { limitsReports: false }, { perUserMfa: true });
  const { id } = entra.user(0);
  const usual = { ...MEMBER, perUserMfaState: "enforced", methods: ["fido2"], inReport: true };
  entra.change(id, { ...usual, ...change });
  return verdictsOn(directory, id);
}

checkValues({
  field: "methodsRegistered",
  documented: [
    ...new Set([...namedInProse("entra methodsRegistered"), ...enumOf("entra", "authenticationMethodModes")]),
  ],
  meaning: {
    mobilePhone: REGISTERED,
    sms: REGISTERED,
    microsoftAuthenticatorPush: REGISTERED,
    fido2: BOTH,
    windowsHelloForBusiness: BOTH,
    // To reset a password with, and no second factor.
    email: NOT,
    // Not as the report names a method: nobody says that it stands there for a second factor.
    password: UNKNOWN,
    voice: UNKNOWN,
    hardwareOath: UNKNOWN,
    softwareOath: UNKNOWN,
    deviceBasedPush: UNKNOWN,
    temporaryAccessPassOneTime: UNKNOWN,
    temporaryAccessPassMultiUse: UNKNOWN,
    x509CertificateSingleFactor: UNKNOWN,
    x509CertificateMultiFactor: UNKNOWN,
    federatedSingleFactor: UNKNOWN,
    federatedMultiFactor: UNKNOWN,
    qrCodePin: UNKNOWN,
    unknownFutureValue: UNKNOWN,
  },
  outcome: (context, method) => verdicts(context, { methods: [method], isMfaCapable: method !== "email" }),
});

checkValues({
  field: "perUserMfaState",
  documented: namedInProse("entra perUserMfaState"),
  meaning: {
    enforced: BOTH,
    // Legacy protocols take the password alone until a method is registered.
    enabled: NOT,
    disabled: NOT,
  },
  outcome: (context, perUserMfaState) => verdicts(context, { perUserMfaState }),
});

checkValues({
  field: "perUserMfaState before a change that is put back",
  documented: namedInProse("entra perUserMfaState"),
  // Nobody is set lower than they were.
  meaning: { disabled: "may be put back", enabled: "stays", enforced: "stays" },
  undocumented: "stays",
  outcome: async (context, perUserMfaState) => {
    const { entra, directory } = await start(context, { limitsReports: false }, { perUserMfa: true });
    const { id } = entra.user(0);
    entra.change(id, { ...MEMBER, perUserMfaState });
    const subject = (await directory.read(id, never)) ?? assert.fail("no such user");
    const { enabled } = subject.facts;
    const before = enabled.known ? { enabled: enabled.value } : {};
    return directory.whyNotReverted?.(subject, before) === undefined ? "may be put back" : "stays";
  },
});

checkValues({
  field: "userType of somebody with nothing registered here",
  documented: namedInProse("entra userType"),
  // A guest may do MFA in the home tenant.
  meaning: { Member: NOT, Guest: UNKNOWN },
  outcome: (context, userType) => verdicts(context, { userType, methods: [], perUserMfaState: "disabled" }),
});
