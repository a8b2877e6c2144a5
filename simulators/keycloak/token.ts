/** What the simulated Keycloak's access tokens say: a JWT, whose signature nobody here looks at. */

import { randomUUID } from "node:crypto";

interface TokenContents {
  origin: string;
  realm: string;
  clientRealm: string;
  clientId: string;
  roles: readonly string[];
  bareToken?: boolean;
  now: () => number;
}

/** What each role brings along in the token. */
const COMPOSITES: Record<string, string[]> = { "view-users": ["query-groups", "query-users"] };

/** Makes tokens as the client gets them; no two are the same. */
export function createTokenMaker(contents: TokenContents): () => string {
  const { origin, realm, clientRealm, clientId, roles, bareToken, now } = contents;
  const client = clientRealm === "master" ? `${realm}-realm` : "realm-management";
  const all = [...new Set(roles.flatMap((role) => [role, ...(COMPOSITES[role] ?? [])]))];
  const access = bareToken || all.length === 0 ? {} : { resource_access: { [client]: { roles: all } } };
  return () => {
    const iat = Math.floor(now() / 1000);
    const iss = `${origin}/realms/${clientRealm}`;
    const preferred_username = `service-account-${clientId}`;
    const payload = { exp: iat + 300, iat, jti: randomUUID(), iss, azp: clientId, ...access, preferred_username };
    return [{ alg: "RS256", typ: "JWT" }, payload].map(encode).concat("signature").join(".");
  };
}

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");
