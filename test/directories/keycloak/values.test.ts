/** What each value of Keycloak's documents means for a verdict. https://www.keycloak.org/docs/latest/server_admin/#user-credentials */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Keycloak } from "../../../simulators/keycloak/index.ts";
import { namedInProse } from "../../documents/values.ts";
import { never } from "../tenant.ts";
import { checkValues, verdictsOn } from "../values.ts";
import { start } from "./realm.ts";

const REGISTERED = "compliant, violating";
const NOT = "violating";

async function verdicts(context: TestContext, change: Parameters<Keycloak["change"]>[1]): Promise<string> {
  const { keycloak, directory } = await start(context);
  const { id } = keycloak.account(0);
  keycloak.change(id, { enabled: true, requiredActions: [], credentials: [], ...change });
  return verdictsOn(directory, id);
}

const credential = (type: string) => ({ id: "c1", type, createdDate: 1_700_000_000_000 });

checkValues({
  field: "type of the only credential beside the password, in a realm that asks for one-time passwords",
  documented: namedInProse("keycloak credential type"),
  meaning: {
    otp: REGISTERED,
    // The realm's sign-in asks for neither.
    webauthn: NOT,
    "webauthn-passwordless": NOT,
    password: NOT,
    "password-history": NOT,
    "recovery-authn-codes": NOT,
    kerberos: NOT,
  },
  outcome: (context, type) => verdicts(context, { credentials: [credential(type)] }),
});

checkValues({
  field: "required action of somebody without a second factor",
  documented: namedInProse("keycloak requiredActions"),
  // Nobody has a second factor before it is registered.
  meaning: {
    CONFIGURE_TOTP: NOT,
    CONFIGURE_RECOVERY_AUTHN_CODES: NOT,
    VERIFY_EMAIL: NOT,
    UPDATE_PROFILE: NOT,
    UPDATE_PASSWORD: NOT,
    TERMS_AND_CONDITIONS: NOT,
    VERIFY_PROFILE: NOT,
    UPDATE_EMAIL: NOT,
  },
  outcome: (context, action) => verdicts(context, { requiredActions: [action] }),
});

checkValues({
  field: "required action that was there before a change and its undoing",
  documented: namedInProse("keycloak requiredActions"),
  meaning: {
    CONFIGURE_TOTP: "kept",
    CONFIGURE_RECOVERY_AUTHN_CODES: "kept",
    VERIFY_EMAIL: "kept",
    UPDATE_PROFILE: "kept",
    UPDATE_PASSWORD: "kept",
    TERMS_AND_CONDITIONS: "kept",
    VERIFY_PROFILE: "kept",
    UPDATE_EMAIL: "kept",
  },
  undocumented: "kept",
  outcome: async (context, action) => {
    const { keycloak, directory } = await start(context);
    const { id } = keycloak.account(0);
    keycloak.change(id, { enabled: true, requiredActions: [action], credentials: [] });
    const read = async () => (await directory.read(id, never)) ?? assert.fail("no such account");
    const { enabled } = (await read()).facts;
    if (enabled.known && !enabled.value) {
      assert.equal(await directory.enforce?.(await read(), never), "sent");
      assert.equal(await directory.revert?.(await read(), { enabled: false }, never), "sent");
    }
    return keycloak.find(id)?.requiredActions.includes(action) ? "kept" : "lost";
  },
});
