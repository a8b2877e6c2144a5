/** The costs in docs/deploy.md follow from the figures and prices beside them. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";

const GUIDE = readFileSync(new URL("../../docs/deploy.md", import.meta.url), "utf8");
const SIZES = [1_000, 100_000, 1_000_000, 5_000_000] as const;
const GB = 1e9;
const MILLION = 1e6;

const rowsOf = (text: string): string[][] =>
  [...text.matchAll(/^\|(.+)\|$/gm)].map(([, row = ""]) => row.split("|").map((cell) => cell.trim()));
const section = (heading: string) => GUIDE.split(`${heading}\n`)[1]?.split(/^#+ /m)[0] ?? "";

/** Looks up a number of a table by its name; fails for one that is not there. */
function numbersIn(heading: string): { of(name: string): number; readonly unused: Set<string> } {
  const numbers = new Map(rowsOf(section(heading)).map(([name = "", value]) => [name, Number(value)]));
  const unused = new Set([...numbers].filter(([, value]) => !Number.isNaN(value)).map(([name]) => name));
  return {
    unused,
    of(name) {
      const value = numbers.get(name);
      assert.ok(value !== undefined && Number.isFinite(value), `${heading} has no "${name}"`);
      unused.delete(name);
      return value;
    },
  };
}

const figures = numbersIn("### Figures");
const prices = numbersIn("### Prices");
const f = figures.of;
const $ = prices.of;

/** Dollars a month, row by row. */
function costsOf(accounts: number): Record<string, number> {
  const sweeps = f("sweeps a month");
  const pages = Math.ceil(accounts / f("accounts a page"));
  const changed = accounts * f("changed accounts, share a day");
  const events = accounts * f("events an account and day") * 30;
  const memory = f("memory of a sweep, MB") / 1024;
  const steps = Math.ceil(accounts / f("accounts a reading step"));
  const second = $("Lambda, arm64, a GB-second");
  const writing = Math.ceil(changed / f("changes a writing step"));
  const operations = sweeps * (f("durable operations a run and sweep") + steps + writing);
  const data = sweeps * (f("durable bytes beside") + steps * f("durable bytes a reading step"));
  const kept = (f("durable days kept") / 30) * $("durable, a GB-month kept");
  const reads =
    sweeps * accounts * f("read units an account and sweep") +
    f("read units a month beside") +
    events * f("read units an event");
  const writes =
    sweeps * changed * f("write units a changed account") +
    f("write units a month beside") +
    events * f("write units an event");
  const stored = accounts * f("ledger bytes an account") + 365 * changed * f("ledger bytes a changed account");
  const evidence = accounts * f("evidence bytes an account") * f("days of evidence kept");
  const logs = f("log bytes a month beside") + events * f("log bytes an event");
  const others = (sweeps * accounts * memory) / f("report rows a second") + f("GB-seconds of seal and watch");
  return {
    "Lambda, sweeps": sweeps * (pages * f("seconds a page") + f("seconds a sweep beside its pages")) * memory * second,
    "Lambda, the rest":
      (events * f("seconds of webhook and recheck an event") + others) * second +
      ((2 * events) / MILLION) * $("Lambda, a million calls"),
    "durable functions":
      (operations / MILLION) * $("durable, a million operations") + (data / GB) * ($("durable, a GB written") + kept),
    "ledger, requests":
      (reads / MILLION) * $("DynamoDB, a million read units") +
      (writes / MILLION) * $("DynamoDB, a million write units"),
    "ledger, storage and backup": (stored / GB) * ($("DynamoDB, a GB-month") + $("DynamoDB, a GB-month of backup")),
    "evidence, requests":
      ((sweeps * (pages + steps + f("files of a sweep beside its pages")) + f("signatures a month")) / 1000) *
        $("S3, a thousand writes") +
      ((sweeps * (pages + steps)) / 1000) * $("S3, a thousand reads"),
    "evidence, storage": (evidence / GB) * $("S3, a GB-month"),
    "reports, storage": reportStorage((accounts * f("report bytes an account")) / GB),
    "keys and signatures":
      f("keys") * $("KMS, a key") + (f("signatures a month") / 10_000) * $("KMS, ten thousand signatures"),
    secrets:
      f("secrets") * $("Secrets Manager, a secret") +
      (f("calls for secrets") / 10_000) * $("Secrets Manager, ten thousand calls"),
    "metrics, alarms, dashboard, logs":
      f("metrics") * $("CloudWatch, a metric") +
      f("metrics in alarms") * $("CloudWatch, a metric in an alarm") +
      $("CloudWatch, a dashboard") +
      (logs / GB) * $("CloudWatch, a GB of log"),
    "API, queues, schedules":
      (events / MILLION) * $("API Gateway, a million calls") +
      ((events * f("queue requests an event") + f("queue requests a month beside")) / MILLION) *
        $("SQS, a million requests") +
      (f("starts by schedule a month") / MILLION) * $("Scheduler, a million starts"),
  };
}

/** Dollars a month. @param day GB that each day adds */
function reportStorage(day: number): number {
  const [kept, warm, cool] = [f("days of reports kept"), f("days in S3 Standard"), f("days in S3 Standard-IA")];
  const cold = Math.max(0, kept - warm - cool);
  return (
    day *
    (warm * $("S3, a GB-month") +
      (kept - warm - cold) * $("S3, a GB-month of Standard-IA") +
      cold * $("S3, a GB-month of Glacier Instant Retrieval"))
  );
}

const HOURS = 24;
const hourlyEvidence = (accounts: number) =>
  (HOURS * accounts * f("evidence bytes an account") * f("days of evidence kept")) / GB;
const hourlyReportDay = (accounts: number) => (HOURS * accounts * f("report bytes an account")) / GB;
const hourlyDurable = (accounts: number) => {
  const steps = Math.ceil(accounts / f("accounts a reading step"));
  const bytes = f("durable bytes beside") + steps * f("durable bytes a reading step");
  return (HOURS * f("durable days kept") * bytes) / GB;
};

/** What a sweep every hour keeps: GB, and dollars a month for them. */
const HOURLY: Readonly<Record<string, (accounts: number) => number>> = {
  "evidence, GB": hourlyEvidence,
  "reports, GB": (accounts) => hourlyReportDay(accounts) * f("days of reports kept"),
  "durable functions, GB": hourlyDurable,
  "storage of these, a month": (accounts) =>
    hourlyEvidence(accounts) * $("S3, a GB-month") +
    reportStorage(hourlyReportDay(accounts)) +
    hourlyDurable(accounts) * $("durable, a GB-month kept"),
};

/** Beside the total: dollars a month, and dollars once. */
const BESIDE: Readonly<Record<string, (accounts: number) => number>> = {
  "devices of all, a month": (accounts) =>
    ((f("sweeps a month") * accounts) / f("device calls a second")) *
    (f("memory of a sweep, MB") / 1024) *
    $("Lambda, arm64, a GB-second"),
  "ledger's first writes, once": (accounts) =>
    ((accounts * f("write units a new account")) / MILLION) * $("DynamoDB, a million write units"),
};

const cents = (amount: number) => Math.round(amount * 100) / 100;
const shown = (amount: number) => amount.toFixed(2);

/** Rows as the guide must have them: a name, then an amount for each size. */
function expected(): string[][] {
  const costs = SIZES.map(costsOf);
  const rows = Object.keys(costs[0] ?? {}).map((name) => [name, ...costs.map((all) => shown(cents(all[name] ?? 0)))]);
  // The sum of what is shown, so that a reader who adds it up gets the same.
  const totals = costs.map((all) => shown(Object.values(all).reduce((sum, cost) => sum + cents(cost), 0)));
  const beside = [...Object.entries(BESIDE), ...Object.entries(HOURLY)];
  const besideRows = beside.map(([name, amount]) => [name, ...SIZES.map((size) => shown(amount(size)))]);
  return [...rows, ["together", ...totals], ...besideRows];
}
describe("what the guide says that it costs", () => {
  test("follows from the figures and prices beside it", () => {
    const rows = rowsOf(section("## What it costs")).filter(([name]) => name !== "" && !/^-+$/.test(name ?? ""));
    assert.deepEqual(rows, expected());
  });

  test("rests on every figure and price that stands there", () => {
    expected();
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
