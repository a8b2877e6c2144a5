/** The app's access token, by its secret or by its certificate. https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow */

import { clientCredentials, type HttpClient, readRsaKey, signAssertion, type TokenSource } from "../../http/index.ts";
import { rolesOf } from "./access-token.ts";
import type { Addresses } from "./addresses.ts";
import { readThumbprint } from "./certificate.ts";
import type { EntraNeeds } from "./settings.ts";

const TOKEN_PATH = "/{tenant}/oauth2/v2.0/token";

/** Its scopes are the application permissions that the last token shows. */
export function openToken(needs: EntraNeeds, http: HttpClient, addresses: Addresses): TokenSource {
  const source = requestTokens(needs, http, addresses);
  let last = "";
  return {
    ...source,
    get: async (signal) => {
      last = await source.get(signal);
      return last;
    },
    scopes: () => rolesOf(last) ?? [],
  };
}

function requestTokens({ clock, secret }: EntraNeeds, http: HttpClient, addresses: Addresses): TokenSource {
  const { clientId, clientSecret, privateKey = "", certificate = "" } = secret;
  const endpoint = { http, clock, url: addresses.token, path: TOKEN_PATH, form: { scope: addresses.scope } };
  if (clientSecret !== undefined) return clientCredentials({ ...endpoint, clientId, clientSecret });
  const key = readRsaKey(privateKey);
  const thumbprint = readThumbprint(certificate);
  if (!key || thumbprint === undefined)
    throw http.vendorError("ERR_SECRET_INVALID", { method: "POST", path: TOKEN_PATH }, "has no readable key");
  const assertion = () =>
    signAssertion({
      clientId,
      audience: addresses.audience,
      key,
      algorithm: "PS256",
      header: { "x5t#S256": thumbprint },
      clock,
    });
  return clientCredentials({ ...endpoint, clientId, assertion });
}
