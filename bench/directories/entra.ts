/** A simulated Entra tenant whose sweeps are counted. */
import * as v from "valibot";
import { startEntra } from "../../simulators/entra/index.ts";
import type { CountedTenant } from "./counted-tenant.ts";

/** As much as a page takes where the limit on reports is kept, in some eight looks at the clock: calls are counted, and nobody waits. */
const CLOCK_STEP_MS = 300;

const pageSchema = v.object({ value: v.array(v.unknown()), "@odata.nextLink": v.optional(v.string()) });

export async function startEntraTenant(accounts: number): Promise<CountedTenant> {
  const entra = await startEntra({ users: accounts, limitsReports: false });
  const { tenant, endpoints, credentials } = entra;
  let now = Date.now();
  return {
    directory: { vendor: "entra", tenant, endpoints },
    secret: credentials,
    directoryClock: () => {
      now += CLOCK_STEP_MS;
      return now;
    },
    countCalls: entra.counts,
    readPages: () => readPages(`${endpoints.graph}/v1.0/users?$top=999`, `${endpoints.login}/${tenant}`, credentials),
    close: entra.close,
  };
}

async function readPages(
  first: string,
  login: string,
  { clientId, clientSecret }: { readonly clientId: string; readonly clientSecret: string },
): Promise<number> {
  const form = { grant_type: "client_credentials", scope: "https://graph.microsoft.com/.default" };
  const body = new URLSearchParams({ ...form, client_id: clientId, client_secret: clientSecret });
  const answer = await fetch(`${login}/oauth2/v2.0/token`, { method: "POST", body });
  const { access_token } = v.parse(v.object({ access_token: v.string() }), await answer.json());
  let pages = 0;
  for (let url: string | undefined = first; url !== undefined; pages++) {
    const page: Response = await fetch(url, { headers: { authorization: `Bearer ${access_token}` } });
    url = v.parse(pageSchema, await page.json())["@odata.nextLink"];
  }
  return pages;
}
