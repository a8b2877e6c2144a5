/** What the app may do, by the roles in its access token. https://learn.microsoft.com/entra/identity-platform/access-token-claims-reference */

import * as v from "valibot";

const claims = v.object({ roles: v.fallback(v.array(v.string()), []) });
const payload = v.pipe(v.string(), v.parseJson(), claims);

/** Names of application permissions; `undefined` where the token does not show them. */
export function rolesOf(token: string): readonly string[] | undefined {
  const part = token.split(".")[1];
  const read = v.safeParse(payload, Buffer.from(part ?? "", "base64url").toString());
  return read.success ? read.output.roles : undefined;
}
