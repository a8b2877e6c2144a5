/** A simulated Keycloak realm whose sweeps are counted. */
import * as v from "valibot";
import { startKeycloak } from "../../simulators/keycloak/index.ts";
import type { CountedTenant } from "./counted-tenant.ts";

const PAGE_SIZE = 500;

/** Everybody has a one-time password, which is all that the sign-in of a new realm asks for. */
export async function startKeycloakTenant(accounts: number): Promise<CountedTenant> {
  const keycloak = await startKeycloak({ accounts, otpShare: 1 });
  const { server, realm, credentials } = keycloak;
  return {
    directory: { vendor: "keycloak", server, realm, pageSize: PAGE_SIZE },
    secret: credentials,
    countCalls: keycloak.counts,
    readPages: () => readPages(`${server}/admin/realms/${realm}/users`, `${server}/realms/${realm}`, credentials),
    close: keycloak.close,
  };
}

/** The last page is the first one that is not full. */
async function readPages(
  users: string,
  realm: string,
  { clientId, clientSecret }: { readonly clientId: string; readonly clientSecret: string },
): Promise<number> {
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret };
  const body = new URLSearchParams(form);
  const answer = await fetch(`${realm}/protocol/openid-connect/token`, { method: "POST", body });
  const { access_token } = v.parse(v.object({ access_token: v.string() }), await answer.json());
  for (let page = 0; ; page++) {
    const url = `${users}?first=${page * PAGE_SIZE}&max=${PAGE_SIZE}`;
    const listed = await fetch(url, { headers: { authorization: `Bearer ${access_token}` } });
    if (v.parse(v.array(v.unknown()), await listed.json()).length < PAGE_SIZE) return page + 1;
  }
}
