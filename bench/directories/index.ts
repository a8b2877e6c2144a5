/** Rows of the directories: how many vendor calls an unchanged sweep makes, beside a bare loop over the same pages. All are counts. */
import { createTable } from "../../lib/ledger/index.ts";
import { memoryClient, memoryTable } from "../ledger/index.ts";
import { memoryEvidence } from "../shared/evidence-stores.ts";
import { listCounts, sum, thousands } from "../shared/figures.ts";
import { RULES } from "../shared/policy.ts";
import type { Row } from "../shared/table.ts";
import { portsFor, sweepOnce, TABLE } from "../sweep/ports.ts";
import type { CountedTenant } from "./counted-tenant.ts";
import { startEntraTenant } from "./entra.ts";
import { startKeycloakTenant } from "./keycloak.ts";
import { startOktaTenant } from "./okta.ts";

const CREATE_TABLE_TIMEOUT_MS = 10_000;

interface MeasuredVendor {
  readonly name: string;
  start(accounts: number): Promise<CountedTenant>;
  /** How many calls a sweep may make. */
  readonly maxCalls: (pages: number, accounts: number) => number;
  readonly bound: string;
}

const VENDORS: readonly MeasuredVendor[] = [
  { name: "Entra ID", start: startEntraTenant, maxCalls: (pages) => 2 * pages + 3, bound: "2 × pages + 3" },
  // Token and two totals, and four for what the sign-in asks for: without these a factor that protects nobody would count.
  { name: "Okta", start: startOktaTenant, maxCalls: oktaCalls, bound: "pages + members / 1,000 + 10" },
  { name: "Keycloak", start: startKeycloakTenant, maxCalls: (pages) => pages + 7, bound: "pages + 7" },
];

/**
 * Beside the pages: who is in the enrolment group, a thousand at a time, or nothing would show that anybody must have a factor; what binds
 * the group, in 7; its rights and the System Log, 2; and whose token it is, where a person's is used.
 */
function oktaCalls(pages: number, accounts: number): number {
  return pages + Math.ceil(accounts / 1_000) + 10;
}

export async function measureDirectories(accounts: number): Promise<Row[]> {
  const rows: Row[] = [];
  for (const vendor of VENDORS) rows.push(await measureVendor(vendor, accounts));
  return rows;
}

async function measureVendor({ name, start, maxCalls, bound }: MeasuredVendor, accounts: number): Promise<Row> {
  const tenant = await start(accounts);
  try {
    const pages = await tenant.readPages();
    const calls = await countUnchangedSweep(tenant, accounts);
    const made = sum(Object.values(calls));
    return {
      what: `vendor calls, unchanged sweep, ${name}`,
      target: `≤ ${thousands(maxCalls(pages, accounts))} (${bound})`,
      measured: thousands(made),
      met: made <= maxCalls(pages, accounts),
      note: `${thousands(accounts)} accounts, bare paging ${thousands(pages)} calls; ${listCounts(calls)}`,
      figures: { accounts, pages, calls },
    };
  } finally {
    await tenant.close();
  }
}

/** The calls of a second sweep over the same ledger. */
async function countUnchangedSweep(tenant: CountedTenant, accounts: number): Promise<Record<string, number>> {
  const client = memoryClient(memoryTable(), 0);
  await createTable(client, TABLE, AbortSignal.timeout(CREATE_TABLE_TIMEOUT_MS));
  const { directory, secret, directoryClock } = tenant;
  const policy = `version: 1\ndirectories: [${JSON.stringify({ id: "office", mode: "enforce", ...directory })}]\n${RULES}`;
  const evidence = memoryEvidence();
  const ports = portsFor({ policy, secret, client, evidence, ...(directoryClock && { directoryClock }) });
  await sweepOnce(ports, accounts);
  const before = tenant.countCalls();
  await sweepOnce(ports, accounts);
  const added = Object.entries(tenant.countCalls()).map(
    ([call, count]) => [call, count - (before[call] ?? 0)] as const,
  );
  return Object.fromEntries(added.filter(([, count]) => count > 0));
}
