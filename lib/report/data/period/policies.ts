/** The policies that the runs of a period went by: when they changed, in what, which directories they named, whom they exempted. */

import { isDeepStrictEqual } from "node:util";
import { WardenError } from "../../../errors.ts";
import type { Evidence, Problem, RunRecord } from "../../../model/index.ts";
import type { Policy } from "../../../policy/index.ts";
import { formatDayIn } from "../exemption-register.ts";
import { readRunPolicy } from "../policy.ts";
import type { DirectorySpan, Period, PeriodExemption, PolicyChange } from "./model.ts";

/** The policies by digest; one that is not kept, or was altered, is missing. */
export interface KeptPolicies {
  readonly byDigest: ReadonlyMap<string, Policy>;
  readonly lost: readonly string[];
  readonly problems: readonly Problem[];
}

/** @param runs in the order of their beginning */
export async function readPolicies(evidence: Evidence, runs: readonly RunRecord[]): Promise<KeptPolicies> {
  const byDigest = new Map<string, Policy>();
  const lost: string[] = [];
  const problems: Problem[] = [];
  for (const digest of new Set(runs.map(({ policy }) => policy))) {
    const read = await readRunPolicy(evidence, digest).catch(asProblem);
    if (read && "code" in read) problems.push(read);
    if (read && !("code" in read)) byDigest.set(digest, read);
    else lost.push(digest);
  }
  return { byDigest, lost, problems };
}

function asProblem(error: unknown): Problem {
  if (error instanceof WardenError && ["ERR_EVIDENCE_ALTERED", "ERR_POLICY_INVALID"].includes(error.code))
    return { code: error.code, message: error.message };
  throw error;
}

/** Every time that a run went by another policy than the run before it. @param before the last run before the period */
export function policyChanges(
  runs: readonly RunRecord[],
  before: RunRecord | undefined,
  { byDigest }: KeptPolicies,
): PolicyChange[] {
  const changes: PolicyChange[] = [];
  let last = before?.policy;
  for (const { run, policy, startedAt } of runs) {
    if (policy !== last) {
      const [was, is] = [last === undefined ? undefined : byDigest.get(last), byDigest.get(policy)];
      changes.push({ policy, at: startedAt, run, before: last, differences: was && is && differencesOf(was, is) });
    }
    last = policy;
  }
  return changes;
}

/** In a few words each. */
function differencesOf(was: Policy, is: Policy): string[] {
  const named = differencesByName(was.rules, is.rules, ({ name }) => name, "rule");
  const directories = differencesByName(was.directories, is.directories, ({ id }) => id, "directory");
  const exemptions = differencesByName(was.exemptions, is.exemptions, ({ id }) => id, "exemption");
  const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])] as (keyof Policy)[];
  const other = keys
    .filter((key) => !["rules", "directories", "exemptions"].includes(key) && !isDeepStrictEqual(was[key], is[key]))
    .map((key) => `${key} changed`);
  const found = [...directories, ...named, ...exemptions, ...other];
  return found.length > 0 ? found : ["the order of rules or exemptions"];
}

function differencesByName<T>(
  was: readonly T[],
  is: readonly T[],
  nameOf: (item: T) => string,
  what: string,
): string[] {
  const [before, after] = [was, is].map((items) => new Map(items.map((item) => [nameOf(item), item])));
  const names = new Set([...was, ...is].map(nameOf));
  return [...names].flatMap((name) => {
    const [old, now] = [before?.get(name), after?.get(name)];
    if (old === undefined) return [`${what} ${name} added`];
    if (now === undefined) return [`${what} ${name} removed`];
    return isDeepStrictEqual(old, now) ? [] : [`${what} ${name} changed`];
  });
}

/** What a run could have swept: the directories of its policy, or its own where the policy is not kept. */
const namedBy = ({ policy, directories }: RunRecord, { byDigest }: KeptPolicies): readonly string[] =>
  byDigest.get(policy)?.directories.map(({ id }) => id) ?? directories;

/** From when to when each directory was named. @param before the last run before the period */
export function directorySpans(
  runs: readonly RunRecord[],
  before: RunRecord | undefined,
  policies: KeptPolicies,
): DirectorySpan[] {
  const spans: DirectorySpan[] = [];
  const open = new Map<string, string | undefined>();
  for (const id of before ? namedBy(before, policies) : []) open.set(id, undefined);
  for (const [index, run] of runs.entries()) {
    const named = namedBy(run, policies);
    const isFirst = index === 0 && before === undefined;
    for (const id of named) if (!open.has(id)) open.set(id, isFirst ? undefined : run.startedAt);
    for (const [directory, came] of open)
      if (!named.includes(directory)) {
        spans.push({ directory, came, left: run.startedAt });
        open.delete(directory);
      }
  }
  return [...spans, ...[...open].map(([directory, came]) => ({ directory, came, left: undefined }))];
}

/** Every exemption that some policy of the period had, and that was in force on a day of it; the soonest to begin first. */
export function periodExemptions(
  runs: readonly RunRecord[],
  before: RunRecord | undefined,
  { byDigest }: KeptPolicies,
  { begins, ends }: Period,
): PeriodExemption[] {
  const found = new Map<string, PeriodExemption>();
  for (const run of before ? [before, ...runs] : runs) {
    const policy = byDigest.get(run.policy);
    // What an unknown policy left out is not known.
    if (!policy) continue;
    const named = new Set(policy.exemptions.map((exemption) => JSON.stringify(exemption)));
    for (const exemption of policy.exemptions) {
      const key = JSON.stringify(exemption);
      if (found.has(key) || exemption.until <= begins || exemption.from >= ends) continue;
      found.set(key, {
        exemption,
        named: run === before ? undefined : run.startedAt,
        removed: undefined,
        firstDay: formatDayIn(exemption.from, policy.timezone),
        lastDay: formatDayIn(exemption.until - 1, policy.timezone),
      });
    }
    for (const [key, entry] of found)
      if (named.has(key) ? entry.removed !== undefined : entry.removed === undefined)
        found.set(key, { ...entry, removed: named.has(key) ? undefined : run.startedAt });
  }
  return [...found.values()].toSorted((a, b) => a.exemption.from - b.exemption.from);
}
