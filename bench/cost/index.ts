/** Rows of costs: whether what was measured still is what docs/cost.md counts with, and what a month costs, by service. */
import { readFile } from "node:fs/promises";
import type { Policy } from "../../lib/policy/index.ts";
import { type SweepPair, sweepTwice } from "../growth/growing-sweeps.ts";
import { fixed, sum, thousands } from "../shared/figures.ts";
import { compilePolicy } from "../shared/policy.ts";
import type { Row } from "../shared/table.ts";
import { type CostBasis, inCents, MONTHLY } from "./monthly-cost.ts";
import { type Lookup, lookup, readCostGuide, readNumbers } from "./numbers.ts";
import { deploymentFigures, directoryFigures } from "./policy-figures.ts";

export const SIZES = [1_000, 100_000, 1_000_000, 5_000_000];
const MEASURED_ACCOUNTS = 10_000;

interface CostOrder {
  /** A policy file; absent: one PingOne directory, swept once a day. */
  readonly policy?: string;
  /** Of each directory; absent: four sizes. */
  readonly accounts: number | undefined;
}

export async function measureCost({ policy, accounts }: CostOrder): Promise<Row[]> {
  const guide = readCostGuide();
  const numbers = readNumbers(guide, "## Figures");
  const figure = lookup(numbers);
  const price = lookup(readNumbers(guide, "## Prices"));
  const sizes = accounts === undefined ? SIZES : [accounts];
  const measured = measuredRows(await sweepTwice(MEASURED_ACCOUNTS), figure);
  if (policy === undefined) return [...measured, ...costRows({ figure, price }, sizes)];
  const compiled = compilePolicy(await readFile(policy, "utf8"));
  return [...measured, ...policyRows(compiled, { numbers, figure, price }, sizes)];
}

/** What a sweep used for each account must be no more than what the guide counts with. */
function measuredRows({ first, unchanged, accounts }: SweepPair, figure: Lookup): Row[] {
  const steps = Math.ceil(accounts / figure("accounts a reading step"));
  const measured: Readonly<Record<string, number>> = {
    // What a sweep reads beside its accounts is counted elsewhere.
    "read units an account and sweep": Math.floor((unchanged.readUnits / accounts) * 100) / 100,
    "write units a new account": first.writeUnits / accounts,
    "evidence bytes an account": first.evidenceBytes / accounts,
    "durable operations a run and sweep": unchanged.operations - steps,
    "durable bytes a reading step": (unchanged.checkpointBytes - figure("durable bytes beside")) / steps,
  };
  return Object.entries(measured).map(([name, value]) => ({
    what: name,
    target: `≤ ${figure(name)}`,
    measured: fixed(value),
    met: value <= figure(name),
    figures: { accounts, value },
  }));
}

/** One row a service, with the dollars for each size. */
const costRows = (basis: CostBasis, sizes: readonly number[]): Row[] =>
  rowsOf(
    sizes,
    Object.entries(MONTHLY).map(([service, cost]) => [service, sizes.map((accounts) => cost(basis, accounts))]),
  );

interface PolicyNeeds extends CostBasis {
  readonly numbers: ReadonlyMap<string, number>;
}

/** By service: what the deployment costs without accounts, and what each directory adds. */
function policyRows(policy: Policy, { numbers, figure, price }: PolicyNeeds, sizes: readonly number[]): Row[] {
  const whole = deploymentFigures(policy, figure);
  const bases = policy.directories.map((directory) => ({
    figure: lookup(numbers, { ...whole, ...directoryFigures(policy, directory, figure) }),
    price,
  }));
  const costs = Object.entries(MONTHLY).map(([service, cost]): [string, number[]] => [
    service,
    sizes.map((accounts) => {
      const alone = cost({ figure: lookup(numbers, whole), price }, 0);
      return alone + sum(bases.map((basis) => cost(basis, accounts) - cost(basis, 0)));
    }),
  ]);
  return rowsOf(sizes, costs);
}

function rowsOf(sizes: readonly number[], costs: readonly (readonly [string, readonly number[]])[]): Row[] {
  const totals = sizes.map((_, i) => sum(costs.map(([, dollars]) => inCents(dollars[i] ?? 0))));
  return [...costs, ["together", totals] as const].map(([service, dollars]) => ({
    what: `${service}, $ a month`,
    target: "said",
    measured: dollars.map((amount, i) => `${fixed(amount)} at ${thousands(sizes[i] ?? 0)}`).join(", "),
    met: true,
    figures: { accounts: sizes, dollars },
  }));
}
