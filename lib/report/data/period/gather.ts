/** Everything that a report over a period is made from. Manifests and records have the counts; rows are read of one sweep a month. */

import type { DirectoryRecord, RunRecord } from "../../../model/index.ts";
import { readActs } from "./acts.ts";
import { readManifests } from "./chain.ts";
import { readChanges } from "./changes.ts";
import { readPeriod } from "./days.ts";
import { allowedTimes, findGaps, type WholeSweep } from "./gaps.ts";
import { incompleteParts } from "./incomplete.ts";
import type { PeriodData, PeriodPorts, PeriodSweep, RecordedRun } from "./model.ts";
import { directorySpans, type KeptPolicies, periodExemptions, policyChanges, readPolicies } from "./policies.ts";
import { readRules } from "./rules.ts";
import { findFirstRecords, readPeriodRuns } from "./runs.ts";
import { collectSources } from "./sources.ts";
import { periodSweep } from "./sweeps.ts";

/**
 * What is on record of a period of whole days, UTC. @param from like 2026-01-01 @param to its last day
 * Throws `ERR_INPUT_INVALID` for days that are none, and `ERR_RUN_UNKNOWN` where nothing is on record.
 */
export async function gatherPeriod(ports: PeriodPorts, from: string, to: string): Promise<PeriodData> {
  const now = ports.clock();
  const period = readPeriod(from, to, now);
  const recorded = await readPeriodRuns(ports, period);
  const runs = recorded.within.map(({ run }) => run);
  const [lastBefore] = recorded.before;
  const policies = await readPolicies(ports.evidence, lastBefore ? [lastBefore, ...runs] : runs);
  const spans = directorySpans(runs, lastBefore, policies);
  const directories = [...new Set([...spans.map(({ directory }) => directory), ...sweptIn(recorded.within)])];
  const manifests = await readManifests(ports.evidence, recordsOf(recorded.within));
  const sweeps = recorded.within.flatMap(sweepsOf).map((one, index) => periodSweep(one, manifests[index]));
  const [beforeIt, afterIt] = await Promise.all([
    findFirstRecords(ports, recorded.before, directories, isWhole),
    findFirstRecords(ports, recorded.after, directories, isWhole),
  ]);
  const outside = [...beforeIt.values(), ...afterIt.values()].map((one) => wholeSweep(one.run, one.record, policies));
  const whole = [...outside, ...wholeIn(sweeps, runs, policies)];
  const gaps = findGaps(spans, { period, now, recordsBegin: Date.parse(recorded.recordsBegin), whole, sweeps });
  const [acts, byRule, collected] = await Promise.all([
    readActs(ports, period, runs, directories),
    readRules(ports.evidence, sweeps),
    collectSources(ports, { period, now, recorded, directories, sweeps, manifests }),
  ]);
  const lostPolicies = policies.lost;
  const knownRuns = new Set([...recorded.before, ...runs].map(({ run }) => run));
  const problems = [
    ...policies.problems,
    ...manifests.flatMap((one) => one.problems),
    ...collected.problems,
    ...byRule.problems,
  ];
  return {
    period,
    madeAt: new Date(now).toISOString(),
    recordsBegin: recorded.recordsBegin,
    runs,
    sweeps,
    directories: spans,
    rules: byRule.rules,
    gaps,
    allowed: allowedTimes(directories, whole),
    policies: policyChanges(runs, lastBefore, policies),
    lostPolicies,
    exemptions: periodExemptions(runs, lastBefore, policies, period),
    acts,
    sources: collected.sources,
    chain: collected.chain,
    policy: newestPolicy(runs, policies),
    incomplete: incompleteParts({ sweeps, runs, knownRuns, gaps, acts, lostPolicies, problems }),
    changes: (onProblem, signal) => readChanges(ports, collected.sources, onProblem, signal),
  };
}

const recordsOf = (recorded: readonly RecordedRun[]): DirectoryRecord[] =>
  recorded.flatMap(({ directories }) => directories);

const sweptIn = (recorded: readonly RecordedRun[]): string[] => recorded.flatMap(({ run }) => run.directories);

const sweepsOf = ({ run, directories }: RecordedRun) => directories.map((record) => ({ run, record }));

/** Only a population that passed the gate has a plan. */
const isWhole = ({ plan }: DirectoryRecord): boolean => plan !== undefined;

const wholeIn = (
  sweeps: readonly PeriodSweep[],
  runs: readonly RunRecord[],
  { byDigest }: KeptPolicies,
): WholeSweep[] => {
  const policyOf = new Map(runs.map(({ run, policy }) => [run, byDigest.get(policy)]));
  return sweeps
    .filter((sweep) => sweep.isWhole)
    .map(({ run, directory, endedAt, startedAt }) => ({
      directory,
      at: Date.parse(endedAt ?? startedAt),
      policy: policyOf.get(run),
    }));
};

const wholeSweep = (run: RunRecord, record: DirectoryRecord, { byDigest }: KeptPolicies): WholeSweep => ({
  directory: record.id,
  at: Date.parse(record.endedAt ?? run.endedAt ?? run.startedAt),
  policy: byDigest.get(run.policy),
});

const newestPolicy = (runs: readonly RunRecord[], { byDigest }: KeptPolicies) =>
  runs.map(({ policy }) => byDigest.get(policy)).findLast((policy) => policy !== undefined);
