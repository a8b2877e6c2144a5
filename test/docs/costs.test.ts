/** The costs in docs/cost.md follow from the figures and prices beside them. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { SIZES } from "../../bench/cost/index.ts";
import { BESIDE, type CostBasis, HOURLY, inCents, MONTHLY } from "../../bench/cost/monthly-cost.ts";
import { type Lookup, lookup, readCostGuide, readNumbers, tableRows } from "../../bench/cost/numbers.ts";
import { deploymentFigures, directoryFigures } from "../../bench/cost/policy-figures.ts";
import { compilePolicy } from "../../bench/shared/policy.ts";

const GUIDE = readCostGuide();
const FIGURES = readNumbers(GUIDE, "## Figures");
const PRICES = readNumbers(GUIDE, "## Prices");
const f = lookup(FIGURES);

const shown = (amount: number) => amount.toFixed(2);

/** Rows as the guide must have them: a name, then an amount for each size. */
function expected(basis: CostBasis = { figure: f, price: lookup(PRICES) }): string[][] {
  const costs = Object.entries(MONTHLY).map(
    ([name, cost]) => [name, SIZES.map((size) => inCents(cost(basis, size)))] as const,
  );
  const rows = costs.map(([name, amounts]) => [name, ...amounts.map(shown)]);
  // The sum of what is shown, so that a reader who adds it up gets the same.
  const totals = SIZES.map((_, i) => shown(costs.reduce((sum, [, amounts]) => sum + (amounts[i] ?? 0), 0)));
  const beside = [...Object.entries(BESIDE), ...Object.entries(HOURLY)];
  const besideRows = beside.map(([name, cost]) => [name, ...SIZES.map((size) => shown(cost(basis, size)))]);
  return [...rows, ["together", ...totals], ...besideRows];
}

/** Looks up as `lookup` does, and remembers what was never asked for. */
function watched(numbers: ReadonlyMap<string, number>): { readonly of: Lookup; readonly unused: Set<string> } {
  const unused = new Set(numbers.keys());
  return {
    unused,
    of: (name) => {
      unused.delete(name);
      return lookup(numbers)(name);
    },
  };
}

describe("what the guide says that it costs", () => {
  test("follows from the figures and prices beside it", () => {
    const bills = GUIDE.split("## Figures")[0] ?? "";
    const rows = tableRows(bills).filter(([name]) => name !== "" && !/^-+$/.test(name ?? ""));
    assert.deepEqual(rows, expected());
  });

  test("rests on every figure and price that stands there", () => {
    const [figures, prices] = [watched(FIGURES), watched(PRICES)];
    expected({ figure: figures.of, price: prices.of });
    for (const name of readdirSync(new URL("../../examples", import.meta.url)).filter((file) =>
      file.endsWith(".yaml"),
    )) {
      const policy = compilePolicy(readFileSync(new URL(`../../examples/${name}`, import.meta.url), "utf8"));
      deploymentFigures(policy, figures.of);
      for (const directory of policy.directories) directoryFigures(policy, directory, figures.of);
    }
    assert.deepEqual([[...figures.unused], [...prices.unused]], [[], []]);
  });

  test("takes as deployed what is deployed", () => {
    const sweep = readFileSync(new URL("../../infra/sweep.ts", import.meta.url), "utf8");
    assert.ok(sweep.includes(`memory: "${f("memory of a sweep, MB")} MB"`));
    const bucket = readFileSync(new URL("../../infra/bucket.ts", import.meta.url), "utf8");
    const days = [...bucket.matchAll(/days: (\d+), storageClass: "(\w+)"/g)].map(([, day, name]) => [
      name,
      Number(day),
    ]);
    const warm = f("days in S3 Standard");
    assert.deepEqual(days, [
      ["STANDARD_IA", warm],
      ["GLACIER_IR", warm + f("days in S3 Standard-IA")],
    ]);
    assert.ok(sweep.includes(`retention: "${f("durable days kept")} days"`));
    const policy = readFileSync(new URL("../../infra/policy.ts", import.meta.url), "utf8");
    assert.ok(policy.includes(`evidenceRetentionDays ?? ${f("days of evidence kept")},`));
    assert.ok(policy.includes(`reportRetentionDays ?? ${f("days of reports kept")},`));
  });
});
