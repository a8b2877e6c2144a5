/** The floor of judging: the pages of as many accounts, parsed and nothing else. */
import * as v from "valibot";
import { startPingOne } from "../../simulators/pingone/index.ts";
import { startStopwatch } from "../shared/stopwatch.ts";

const PAGE_SIZE = 1_000;

/** CPU seconds that `JSON.parse` takes for the pages of so many accounts, a thousand each. */
export async function timeParsing(accounts: number): Promise<number> {
  const page = await readPage();
  JSON.parse(page);
  const readStopwatch = startStopwatch();
  for (let parsed = 0; parsed < accounts; parsed += PAGE_SIZE) JSON.parse(page);
  return readStopwatch().cpuSeconds;
}

async function readPage(): Promise<string> {
  const pingone = await startPingOne({ accounts: PAGE_SIZE, pageSize: PAGE_SIZE });
  try {
    const { endpoints, environment, credentials } = pingone;
    const pair = Buffer.from(`${credentials.clientId}:${credentials.clientSecret}`).toString("base64");
    const token = await fetch(`${endpoints.auth}/${environment}/as/token`, {
      method: "POST",
      headers: { authorization: `Basic ${pair}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    const { access_token } = v.parse(v.object({ access_token: v.string() }), await token.json());
    const users = `${endpoints.api}/environments/${environment}/users?limit=${PAGE_SIZE}`;
    return await (await fetch(users, { headers: { authorization: `Bearer ${access_token}` } })).text();
  } finally {
    await pingone.close();
  }
}
