/** An account's credentials read as second factors. https://www.keycloak.org/docs/latest/server_admin/#user-credentials */

import * as v from "valibot";
import type { Device } from "../../model/index.ts";
import { textOrEmpty } from "../fields.ts";
import type { KeycloakApi } from "./api.ts";
import type { SecondFactor } from "./flow.ts";

const CREDENTIALS_PATH = "/users/{id}/credentials";

const METHOD_BY_FACTOR: Readonly<Record<SecondFactor, Device["method"]>> = {
  otp: "totp",
  webauthn: "fido2",
  "webauthn-passwordless": "fido2",
};

/** No second factors by themselves: recovery codes stand in for one that is lost. */
const NO_FACTORS = new Set(["password", "password-history", "recovery-authn-codes", "kerberos"]);

/** One that makes no sense is a credential all the same: nobody knows which. */
const credential = v.fallback(v.object({ type: textOrEmpty, userLabel: textOrEmpty }), { type: "", userLabel: "" });
type Credential = v.InferOutput<typeof credential>;
const credentialList = v.array(credential);

/** @param accepted what the realm's sign-in asks for: anything else protects nobody */
export async function readFactors(
  api: KeycloakApi,
  id: string,
  accepted: ReadonlySet<SecondFactor>,
  signal: AbortSignal,
): Promise<Device[]> {
  const { body } = await api.call({ path: CREDENTIALS_PATH, id, schema: credentialList, signal });
  return body.filter(({ type }) => !NO_FACTORS.has(type)).map((found) => deviceOf(found, accepted));
}

/** The sign-in asks for none of a type that this version does not know: it is understood whole, or it accepts nothing. */
function deviceOf({ type, userLabel }: Credential, accepted: ReadonlySet<SecondFactor>): Device {
  const name = userLabel === "" ? {} : { name: userLabel };
  if (isFactor(type)) return { method: METHOD_BY_FACTOR[type], usable: accepted.has(type), ...name };
  const kind = type === "" ? "without a readable type" : `of type ${type.replace(/[^\w.-]/g, "?").slice(0, 40)}`;
  return { method: "unknown", usable: false, unknownValue: kind, ...name };
}

const isFactor = (type: string): type is SecondFactor => Object.hasOwn(METHOD_BY_FACTOR, type);
