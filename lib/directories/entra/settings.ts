/** What a policy says of an Entra ID tenant, and what its secret holds. */

import * as v from "valibot";
import { readRsaKey } from "../../http/index.ts";
import { endpoint, nonEmptyText } from "../fields.ts";
import { secretExtras, type VendorNeeds } from "../vendor.ts";
import { readThumbprint } from "./certificate.ts";
import { CLOUDS } from "./clouds.ts";

export const settings = v.strictObject({
  tenant: v.pipe(v.string(), v.uuid()),
  cloud: v.optional(v.picklist(CLOUDS)),
  /** Whether accounts may be changed: by per-user MFA, which Microsoft offers in its beta API alone. */
  perUserMfa: v.optional(v.boolean()),
  /** What stands before `/v1.0/…` and before `/{tenant}/oauth2/…`: a simulator or a proxy. */
  endpoints: v.optional(v.strictObject({ graph: endpoint, login: endpoint })),
});
export type Settings = v.InferOutput<typeof settings>;

const certificate = v.pipe(
  v.string(),
  v.check((pem) => readThumbprint(pem) !== undefined, "must be a certificate as PEM text"),
);
const privateKey = v.pipe(
  v.string(),
  v.check((pem) => readRsaKey(pem) !== undefined, "must be an RSA key as PEM text"),
);

const fields = v.strictObject({
  clientId: nonEmptyText,
  clientSecret: v.optional(nonEmptyText),
  privateKey: v.optional(privateKey),
  certificate: v.optional(certificate),
  ...secretExtras,
});

type Fields = v.InferOutput<typeof fields>;

/** Of an app registration: a client secret, or a certificate with its key, and never both. */
export const secret = v.pipe(
  fields,
  v.forward(
    v.check(({ clientSecret, privateKey, certificate }: Fields) =>
      clientSecret === undefined ? privateKey !== undefined || certificate !== undefined : privateKey === undefined,
    ),
    ["clientSecret"],
  ),
  v.forward(
    v.check(({ privateKey, certificate }: Fields) => certificate === undefined || privateKey !== undefined),
    ["privateKey"],
  ),
  v.forward(
    v.check(({ privateKey, certificate }: Fields) => privateKey === undefined || certificate !== undefined),
    ["certificate"],
  ),
);
export type Secret = v.InferOutput<typeof secret>;

export type EntraNeeds = VendorNeeds<Settings, Secret>;
