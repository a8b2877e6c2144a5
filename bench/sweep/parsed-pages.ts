/** The floor of judging: the pages of as many accounts, parsed and nothing else. */
import { startPingOne } from "../../simulators/pingone/index.ts";
import { startStopwatch } from "../shared/stopwatch.ts";
import { fetchToken } from "./floor.ts";

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
    const { endpoints, environment } = pingone;
    const token = await fetchToken(pingone);
    const users = `${endpoints.api}/environments/${environment}/users?limit=${PAGE_SIZE}`;
    return await (await fetch(users, { headers: { authorization: `Bearer ${token}` } })).text();
  } finally {
    await pingone.close();
  }
}
