/** What the tests of reading shard by shard share: three populations of 20 accounts, and what happens while they are read. */
import { readSweepManifest } from "../../lib/evidence/sweep-manifest.ts";
import type { PingOneSettings } from "../../simulators/pingone/index.ts";
import type { World } from "../world.ts";
import { inKnownWorld, throughProxy, WORKFORCE } from "./known-world.ts";

export const ACCOUNTS = 60;
/** So few accounts would be listed as a whole. */
export const SHARDED = { minShardedAccounts: 1 };

/** Its three populations have 20 accounts each: numbers 0, 3, 6 … are in the first. */
export const inShardedWorld = (
  body: (world: World) => Promise<void>,
  settings: Partial<PingOneSettings> & { off?: number[] } = {},
) =>
  inKnownWorld(
    async (world) => {
      for (let i = 0; i < ACCOUNTS; i++) move(world, i, i % 3);
      await body(world);
    },
    { accounts: ACCOUNTS, pageSize: 5, ...settings },
  );

export function move({ vendor }: World, account: number, population: number): void {
  vendor.change(vendor.account(account).id, { population: vendor.populations[population]?.id ?? "" });
}

/** Does `act` before the nth answer to a page of a population's accounts. */
export function beforePage(world: World, nth: number, act: () => void) {
  let pages = 0;
  return throughProxy(world, async (answer, url) => {
    if (url.includes("population.id") && ++pages === nth) act();
    return answer;
  });
}

export const listings = ({ vendor }: World) => vendor.calls.filter(({ route }) => route === "users");
export const filtered = (world: World) => listings(world).filter(({ query }) => query.includes("filter="));

export const manifestOf = async ({ evidence, ledger }: World, run: string) => {
  const record = (await ledger.readRun(run))?.directories[0];
  return readSweepManifest(evidence, run, WORKFORCE, record?.manifest);
};
