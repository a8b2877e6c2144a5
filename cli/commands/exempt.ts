/** `exempt`: the exemptions of a policy, with who answers for each, when it ends, and what they cost in coverage. */

import { Command } from "commander";
import type { DirectoryRecord, Ledger } from "../../lib/model/index.ts";
import type { Exemption, Policy } from "../../lib/policy/index.ts";
import { readPolicy } from "../input/policy-file.ts";
import { latestRecords } from "../local/latest.ts";
import { clock, hasRecords, openRecords, withRecords } from "../local/records.ts";
import { exitWith, policyOption, type StateOptions, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { dim, type Piece, yellow } from "../terminal/piece.ts";

interface ExemptOptions extends StateOptions {
  readonly policy: string;
}

const DEADLINE_MS = 60_000;
const DAY_MS = 86_400_000;
/** More accounts than a directory has. */
const ALL = 100_000_000;
const SOON_DAYS = 14;

export const exemptCommand = (): Command =>
  withState(new Command("exempt"))
    .description("Lists the policy's exemptions: who answers for each, when it ends, and what they cost in coverage")
    .addOption(policyOption())
    .action(exitWith(exempt));

async function exempt(options: ExemptOptions): Promise<number> {
  const policy = readPolicy(options.policy);
  const listed = policy.exemptions.map((exemption) => listedExemption(exemption, clock()));
  const costs = await readCosts(policy, options);
  if (options.json) results.json({ exemptions: listed, coverage: costs });
  else show(listed, costs);
  return 0;
}

type ExemptionState = "in force" | "not yet" | "ended";

/** Times are ISO 8601; `until` is when it is over. */
interface ListedExemption extends Omit<Exemption, "from" | "until"> {
  readonly from: string;
  readonly until: string;
  readonly state: ExemptionState;
  /** Days begun that it still has; 0 when it has ended. */
  readonly daysLeft: number;
}

function listedExemption({ from, until, ...rest }: Exemption, now: number): ListedExemption {
  return {
    ...rest,
    from: new Date(from).toISOString(),
    until: new Date(until).toISOString(),
    state: stateAt(from, until, now),
    daysLeft: Math.max(0, Math.ceil((until - now) / DAY_MS)),
  };
}

function stateAt(from: number, until: number, now: number): ExemptionState {
  if (now >= until) return "ended";
  return now < from ? "not yet" : "in force";
}

/** What exemptions cost one directory, by its last run. */
interface CoverageCost {
  readonly directory: string;
  readonly run: string;
  /** Accounts that a rule binds. */
  readonly inScope: number;
  readonly exempt: number;
  /** Of those in scope. */
  readonly percent: number;
  readonly byRule: readonly { readonly rule: string; readonly exempt: number; readonly percent: number }[];
}

/** Empty where nothing is recorded yet. */
async function readCosts(policy: Policy, options: ExemptOptions): Promise<CoverageCost[]> {
  if (!hasRecords(options)) return [];
  return withRecords(await openRecords(options, AbortSignal.timeout(DEADLINE_MS)), async ({ ledger }) => {
    const records = await latestRecords(ledger);
    const known = records.filter(({ id }) => policy.directories.some((directory) => directory.id === id));
    return Promise.all(known.map((record) => costOf(ledger, record)));
  });
}

async function costOf(ledger: Ledger, { id, run, read, verdicts }: DirectoryRecord): Promise<CoverageCost> {
  const inScope = read - verdicts["out-of-scope"];
  const percentOf = (count: number) => (inScope === 0 ? 0 : Math.round((1000 * count) / inScope) / 10);
  const states = await ledger.listByVerdict(id, "exempt", ALL);
  const byRule = Map.groupBy(states, ({ judgement }) => judgement.rule ?? "no rule");
  return {
    directory: id,
    run,
    inScope,
    exempt: verdicts.exempt,
    percent: percentOf(verdicts.exempt),
    byRule: [...byRule].map(([rule, { length }]) => ({ rule, exempt: length, percent: percentOf(length) })),
  };
}

const COLUMNS = [
  { head: "account", most: 40 },
  { head: "state" },
  { head: "ends" },
  { head: "days left", align: "right" },
  { head: "owner", most: 30 },
  { head: "approved by", most: 30 },
  { head: "ticket", most: 20 },
  { head: "why", most: 60 },
] as const;

function show(listed: readonly ListedExemption[], costs: readonly CoverageCost[]): void {
  if (listed.length === 0) results.line("The policy has no exemption.");
  else results.table(COLUMNS, listed.toSorted((a, b) => (a.until < b.until ? -1 : 1)).map(rowOf));
  results.line();
  if (costs.length === 0) results.line(dim("Nothing is recorded yet, so what they cost is not known; run a sweep."));
  for (const { directory, run, inScope, exempt: count, percent, byRule } of costs) {
    results.line(
      `${directory}: ${count} of ${inScope} accounts in scope are exempt (${percent} %)`,
      dim(`  run ${run}`),
    );
    for (const rule of byRule) results.line(`  by rule ${rule.rule}: ${rule.exempt} (${rule.percent} %)`);
  }
}

function rowOf(exemption: ListedExemption): Piece[] {
  const { directory, account, username, state, until, daysLeft, owner, approvedBy, ticket, reason } = exemption;
  const days = state === "in force" && daysLeft <= SOON_DAYS ? yellow(String(daysLeft)) : String(daysLeft);
  const missing = "nobody named";
  return [
    username ?? `${directory}/${account}`,
    state,
    until,
    days,
    owner ?? missing,
    approvedBy ?? missing,
    ticket ?? "",
    reason,
  ];
}
