/** What Keycloak's access token says of the client that it was given to. It came from the server itself, so nothing is verified. */

import * as v from "valibot";

export interface TokenClaims {
  /** What the client may administer in the realm; `undefined`: the token does not say. */
  readonly roles: readonly string[] | undefined;
  /** The server's clock when it made the token; ISO 8601. */
  readonly issuedAt: string | undefined;
}

const claims = v.object({
  iat: v.fallback(v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(1e11))), undefined),
  resource_access: v.fallback(
    v.record(v.string(), v.fallback(v.object({ roles: v.array(v.string()) }), { roles: [] })),
    {},
  ),
});

/** `undefined` for a token that is no JWT. @param client whose roles are asked for */
export function claimsOf(token: string, client: string): TokenClaims | undefined {
  const { success, output } = v.safeParse(claims, payloadOf(token));
  if (!success) return undefined;
  const { iat, resource_access } = output;
  return {
    roles: Object.hasOwn(resource_access, client) ? resource_access[client]?.roles : undefined,
    issuedAt: iat === undefined ? undefined : new Date(iat * 1000).toISOString(),
  };
}

function payloadOf(token: string): unknown {
  try {
    return JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
  } catch {
    return undefined;
  }
}
