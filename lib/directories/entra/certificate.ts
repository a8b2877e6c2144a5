/** The certificate of an app registration, as an assertion names it. https://learn.microsoft.com/entra/identity-platform/certificate-credentials */

import { hash, X509Certificate } from "node:crypto";

/** SHA-256 of the certificate in DER, base64url: `x5t#S256`; `undefined` for what is no certificate. */
export function readThumbprint(pem: string): string | undefined {
  try {
    return hash("sha256", new X509Certificate(pem).raw, "base64url");
  } catch {
    return undefined;
  }
}
