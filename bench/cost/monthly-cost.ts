/** Dollars a month of one deployment, by service: from figures, prices and a number of accounts. Pure. */
import type { Lookup } from "./numbers.ts";

const GB = 1e9;
const MILLION = 1e6;
const DAYS_A_MONTH = 30;
const DAYS_A_YEAR = 365;
const HOURS_A_DAY = 24;

/** What a cost is computed from. */
export interface CostBasis {
  readonly figure: Lookup;
  /** In US dollars. */
  readonly price: Lookup;
}

type Cost = (basis: CostBasis, accounts: number) => number;

const changedAccounts: Cost = ({ figure }, accounts) => accounts * figure("changed accounts, share a day");
const monthlyEvents: Cost = ({ figure }, accounts) => accounts * figure("events an account and day") * DAYS_A_MONTH;
const pagesOf: Cost = ({ figure }, accounts) => Math.ceil(accounts / figure("accounts a page"));
const readingSteps: Cost = ({ figure }, accounts) => Math.ceil(accounts / figure("accounts a reading step"));
const sweepGb = ({ figure }: CostBasis) => figure("memory of a sweep, MB") / 1024;

/** By service; a year after the start. */
export const MONTHLY: Readonly<Record<string, Cost>> = {
  "Lambda, sweeps": (basis, accounts) => {
    const { figure, price } = basis;
    const seconds = pagesOf(basis, accounts) * figure("seconds a page") + figure("seconds a sweep beside its pages");
    return figure("sweeps a month") * seconds * sweepGb(basis) * price("Lambda, arm64, a GB-second");
  },
  "Lambda, the rest": (basis, accounts) => {
    const { figure, price } = basis;
    const events = monthlyEvents(basis, accounts);
    const reports = (figure("sweeps a month") * accounts * sweepGb(basis)) / figure("report rows a second");
    const gbSeconds =
      events * figure("seconds of webhook and recheck an event") + reports + figure("GB-seconds of seal and watch");
    return (
      gbSeconds * price("Lambda, arm64, a GB-second") + ((2 * events) / MILLION) * price("Lambda, a million calls")
    );
  },
  "durable functions": (basis, accounts) => {
    const { figure, price } = basis;
    const steps = readingSteps(basis, accounts);
    const writing = Math.ceil(changedAccounts(basis, accounts) / figure("changes a writing step"));
    const operations = figure("sweeps a month") * (figure("durable operations a run and sweep") + steps + writing);
    const bytes = figure("sweeps a month") * durableBytes(basis, accounts);
    const kept = (figure("durable days kept") / DAYS_A_MONTH) * price("durable, a GB-month kept");
    return (
      (operations / MILLION) * price("durable, a million operations") +
      (bytes / GB) * (price("durable, a GB written") + kept)
    );
  },
  "ledger, requests": (basis, accounts) => {
    const { figure, price } = basis;
    const events = monthlyEvents(basis, accounts);
    const reads =
      figure("sweeps a month") * accounts * figure("read units an account and sweep") +
      figure("read units a month beside") +
      events * figure("read units an event");
    const writes =
      figure("sweeps a month") * changedAccounts(basis, accounts) * figure("write units a changed account") +
      figure("write units a month beside") +
      events * figure("write units an event");
    return (
      (reads / MILLION) * price("DynamoDB, a million read units") +
      (writes / MILLION) * price("DynamoDB, a million write units")
    );
  },
  "ledger, storage and backup": (basis, accounts) => {
    const { figure, price } = basis;
    const changed = DAYS_A_YEAR * changedAccounts(basis, accounts) * figure("ledger bytes a changed account");
    const bytes = accounts * figure("ledger bytes an account") + changed;
    return (bytes / GB) * (price("DynamoDB, a GB-month") + price("DynamoDB, a GB-month of backup"));
  },
  "evidence, requests": (basis, accounts) => {
    const { figure, price } = basis;
    const files = pagesOf(basis, accounts) + readingSteps(basis, accounts);
    const sweeps = figure("sweeps a month");
    const written = sweeps * (files + figure("files of a sweep beside its pages")) + figure("signatures a month");
    return (
      (written / 1000) * price("S3, a thousand writes") + ((sweeps * files) / 1000) * price("S3, a thousand reads")
    );
  },
  "evidence, storage": (basis, accounts) => evidenceGb(basis, accounts) * basis.price("S3, a GB-month"),
  "reports, storage": (basis, accounts) =>
    reportStorage(basis, (accounts * basis.figure("report bytes an account")) / GB),
  "keys and signatures": ({ figure, price }) =>
    figure("keys") * price("KMS, a key") +
    (figure("signatures a month") / 10_000) * price("KMS, ten thousand signatures"),
  secrets: ({ figure, price }) =>
    figure("secrets") * price("Secrets Manager, a secret") +
    (figure("calls for secrets") / 10_000) * price("Secrets Manager, ten thousand calls"),
  "metrics, alarms, dashboard, logs": (basis, accounts) => {
    const { figure, price } = basis;
    const logs = figure("log bytes a month beside") + monthlyEvents(basis, accounts) * figure("log bytes an event");
    return (
      figure("metrics") * price("CloudWatch, a metric") +
      figure("metrics in alarms") * price("CloudWatch, a metric in an alarm") +
      price("CloudWatch, a dashboard") +
      (logs / GB) * price("CloudWatch, a GB of log")
    );
  },
  "API, queues, schedules": (basis, accounts) => {
    const { figure, price } = basis;
    const events = monthlyEvents(basis, accounts);
    const requests = events * figure("queue requests an event") + figure("queue requests a month beside");
    return (
      (events / MILLION) * price("API Gateway, a million calls") +
      (requests / MILLION) * price("SQS, a million requests") +
      (figure("starts by schedule a month") / MILLION) * price("Scheduler, a million starts")
    );
  },
};

/** Not in the total: dollars a month where a requirement asks for everybody's devices, and dollars once. */
export const BESIDE: Readonly<Record<string, Cost>> = {
  "devices of all, a month": (basis, accounts) => {
    const { figure, price } = basis;
    const seconds = (figure("sweeps a month") * accounts) / figure("device calls a second");
    return seconds * sweepGb(basis) * price("Lambda, arm64, a GB-second");
  },
  "ledger's first writes, once": ({ figure, price }, accounts) =>
    ((accounts * figure("write units a new account")) / MILLION) * price("DynamoDB, a million write units"),
};

/** What a sweep every hour keeps: GB, and dollars a month for them. */
export const HOURLY: Readonly<Record<string, Cost>> = {
  "evidence, GB": (basis, accounts) => HOURS_A_DAY * evidenceGb(basis, accounts),
  "reports, GB": (basis, accounts) => hourlyReports(basis, accounts) * basis.figure("days of reports kept"),
  "durable functions, GB": hourlyDurable,
  "storage of these, a month": (basis, accounts) =>
    HOURS_A_DAY * evidenceGb(basis, accounts) * basis.price("S3, a GB-month") +
    reportStorage(basis, hourlyReports(basis, accounts)) +
    hourlyDurable(basis, accounts) * basis.price("durable, a GB-month kept"),
};

const evidenceGb: Cost = ({ figure }, accounts) =>
  (accounts * figure("evidence bytes an account") * figure("days of evidence kept")) / GB;

const hourlyReports: Cost = ({ figure }, accounts) => (HOURS_A_DAY * accounts * figure("report bytes an account")) / GB;

function hourlyDurable(basis: CostBasis, accounts: number): number {
  return (HOURS_A_DAY * basis.figure("durable days kept") * durableBytes(basis, accounts)) / GB;
}

const durableBytes: Cost = (basis, accounts) =>
  basis.figure("durable bytes beside") + readingSteps(basis, accounts) * basis.figure("durable bytes a reading step");

/** @param dailyGb that each day adds */
function reportStorage({ figure, price }: CostBasis, dailyGb: number): number {
  const [kept, warm, cool] = [
    figure("days of reports kept"),
    figure("days in S3 Standard"),
    figure("days in S3 Standard-IA"),
  ];
  const warmDays = Math.min(kept, warm);
  const coolDays = Math.min(kept - warmDays, cool);
  return (
    dailyGb *
    (warmDays * price("S3, a GB-month") +
      coolDays * price("S3, a GB-month of Standard-IA") +
      (kept - warmDays - coolDays) * price("S3, a GB-month of Glacier Instant Retrieval"))
  );
}

/** Whole cents, so that who adds up what is shown gets the sum that is shown. */
export const inCents = (dollars: number): number => Math.round(dollars * 100) / 100;
