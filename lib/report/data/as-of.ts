/**
 * How things stood at the end of a past day, rebuilt from the history: of each directory the last sweep until then that read
 * everybody, with the outcomes of its changes, and on top of it whatever the history of these accounts has seen afterwards.
 */

import { WardenError } from "../../errors.ts";
import { findNewestRun } from "../../ledger/index.ts";
import { omitUndefined, type Problem, type RunRecord } from "../../model/index.ts";
import type { Policy } from "../../policy/index.ts";
import { readRowsAsOf } from "./as-of-rows.ts";
import { type Basis, describeBasis, findBases, listRunsUntil } from "./basis.ts";
import type { ReportData } from "./gather.ts";
import type { ReportHead, ReportPorts } from "./model.ts";
import { endOfPolicyDay } from "./moment.ts";
import { readRunPolicy } from "./policy.ts";
import { readTrend } from "./trend.ts";

export interface AsOfData extends ReportData {
  /** In the order of the policy; `describeBasis` says each in a sentence. */
  readonly swept: readonly Basis[];
}

/** A past moment, and what is known of it. */
interface AsOf {
  readonly day: string;
  /** Milliseconds since 1970. */
  readonly moment: number;
  /** Of those that it rests on, the run whose sweep ended last. */
  readonly run: RunRecord;
  /** By the policy of the run that had ended last by then; absent where that run did not keep it. */
  readonly policy?: Policy;
  /** All directories of that policy. */
  readonly directories: readonly string[];
  /** Of those directories that a sweep had read whole. */
  readonly bases: readonly Basis[];
}

/**
 * What a report as of a day is made from. @param day whole, in the policy's time zone: 2026-10-01
 * Throws `ERR_INPUT_INVALID`, `ERR_RUN_UNKNOWN` (before the first sweep that read everybody), `ERR_EVIDENCE_ALTERED`.
 */
export async function gatherAsOf(ports: ReportPorts, day: string): Promise<AsOfData> {
  const asOf = await findAsOf(ports, day);
  return {
    head: asOfHead(asOf, ports.clock()),
    swept: asOf.bases,
    trend: await readTrend(ports.ledger, asOf.run),
    ...omitUndefined({ policy: asOf.policy }),
    rows: (signal) => readRowsAsOf(ports, asOf, signal),
  };
}

async function findAsOf(ports: ReportPorts, day: string): Promise<AsOf> {
  const moment = await endOfPolicyDay(ports, day);
  const runs = await listRunsUntil(ports.ledger, moment);
  const swept = runs.filter(({ directories }) => directories.length > 0);
  const newest = (await findNewestRun(ports.ledger, swept.filter(endedBy(moment)))) ?? swept[0];
  if (!newest) throw tooEarly(day);
  const policy = await readRunPolicy(ports.evidence, newest.policy);
  const directories = policy?.directories.map(({ id }) => id) ?? newest.directories;
  const found = await findBases(ports, runs, directories, moment);
  const bases = directories.flatMap((id) => found.get(id) ?? []);
  const [last] = bases.toSorted((a, b) => a.ageMs - b.ageMs);
  const run = runs.find((one) => one.run === last?.record.run);
  if (!run) throw tooEarly(day);
  return { day, moment, run, directories, bases, ...omitUndefined({ policy }) };
}

const endedBy =
  (moment: number) =>
  ({ endedAt }: RunRecord): boolean =>
    endedAt !== undefined && Date.parse(endedAt) <= moment;

const tooEarly = (day: string) =>
  new WardenError("ERR_RUN_UNKNOWN", `No sweep had read everybody by the end of ${day}: nothing is known of that day.`);

function asOfHead({ day, moment, run: record, directories, bases }: AsOf, now: number): ReportHead {
  const { run, mode, origin, policy, code, startedAt } = record;
  const asOf = new Date(moment).toISOString();
  const missing = directories.filter((id) => !bases.some((basis) => basis.record.id === id));
  const ended = bases.filter((basis) => basis.record.run === run).map(({ manifest }) => manifest.endedAt);
  return {
    run,
    mode,
    origin,
    policy,
    code,
    startedAt,
    status: missing.length === 0 ? "completed" : "incomplete",
    ...omitUndefined({ endedAt: ended.toSorted().at(-1) }),
    madeAt: new Date(now).toISOString(),
    asOf,
    directories: bases.map((basis) => basis.record),
    incomplete: missing.map((directory) => neverRead(directory, asOf)),
    day,
    basis: bases.map(describeBasis),
  };
}

const neverRead = (directory: string, asOf: string): Problem => ({
  code: "ERR_RUN_UNKNOWN",
  directory,
  message: `No sweep had read everybody of ${directory} by ${asOf}: nothing is said of its accounts.`,
});
