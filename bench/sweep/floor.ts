/** The floor of a sweep: a bare loop that fetches and parses the same pages, and does nothing else. */
import * as v from "valibot";
import { PAGE_SIZE, type SimulatedTenant } from "../shared/simulator.ts";
import { startStopwatch } from "../shared/stopwatch.ts";

const pageSchema = v.object({
  _links: v.object({ next: v.optional(v.object({ href: v.string() })) }),
  _embedded: v.object({ users: v.array(v.unknown()) }),
});

/** Seconds for all pages. The token is fetched before the clock starts, as the floor is about pages. */
export async function measureFloor(tenant: SimulatedTenant, accounts: number): Promise<number> {
  const headers = { authorization: `Bearer ${await fetchToken(tenant)}` };
  const readStopwatch = startStopwatch();
  let url: string | undefined = `${tenant.endpoints.api}/environments/${tenant.environment}/users?limit=${PAGE_SIZE}`;
  let read = 0;
  while (url !== undefined) {
    const answer: Response = await fetch(url, { headers });
    const page = v.parse(pageSchema, JSON.parse(await answer.text()));
    read += page._embedded.users.length;
    url = page._links.next?.href;
  }
  const { seconds } = readStopwatch();
  if (read !== accounts) throw new Error(`The floor read ${read} of ${accounts} accounts`);
  return seconds;
}

export async function fetchToken({
  endpoints,
  environment,
  credentials,
}: Omit<SimulatedTenant, "control">): Promise<string> {
  const pair = Buffer.from(`${credentials.clientId}:${credentials.clientSecret}`).toString("base64");
  const answer = await fetch(`${endpoints.auth}/${environment}/as/token`, {
    method: "POST",
    headers: { authorization: `Basic ${pair}` },
    body: new URLSearchParams({ grant_type: "client_credentials" }),
  });
  return v.parse(v.object({ access_token: v.string() }), await answer.json()).access_token;
}
