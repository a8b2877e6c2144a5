/** Observes subjects: reads them, finds out the facts that matter, judges them, and looks again until a change shows. */

import { WardenError } from "../errors.ts";
import {
  type FactName,
  NOT_ASKED,
  type Observation,
  type Subject,
  type SubjectHistory,
  type SubjectState,
} from "../model/index.ts";
import { bindingRule, decide, factsOnRecord, factsToFetch, mayChange } from "../policy/index.ts";
import { isEnforced, isoNow, type ObservedSubject, type SubjectContext } from "./context.ts";
import { isEnforceable } from "./guards.ts";

function asAnswer(error: unknown): WardenError {
  if (error instanceof WardenError) return error;
  throw error;
}

/** A change rests on everything that can be known: groups that choose the rule, devices always. */
async function completed(bench: SubjectContext, read: Subject, signal: AbortSignal): Promise<Subject> {
  const { complete } = bench.directory;
  if (read.profile) return read;
  const wanted = new Set(factsToFetch(read, bench.id, bench.policy));
  if (read.facts.devices === NOT_ASKED) wanted.add("devices");
  if (!complete || wanted.size === 0) return read;
  return (await complete([read], [...wanted], signal))[0] ?? read;
}

/** Reads and judges one subject now, its devices too; `undefined` when the vendor has no such subject. */
export async function observeSubject(
  bench: SubjectContext,
  id: string,
  past: SubjectHistory,
  signal: AbortSignal,
): Promise<ObservedSubject | undefined> {
  const observedAt = isoNow(bench);
  const read = await bench.directory.read(id, signal);
  if (!read) return undefined;
  const subject = await completed(bench, read, signal);
  const judgement = decide(subject, bench.id, bench.policy, past, bench.clock());
  return { subject, judgement, observedAt };
}

/**
 * Looks until what was asked for shows or `until` has passed, at least once. Throws the last error when no look succeeded: not to
 * have seen is not to have seen it off.
 */
export async function readBack(
  bench: SubjectContext,
  id: string,
  past: SubjectHistory,
  until: number,
  signal: AbortSignal,
): Promise<ObservedSubject | undefined> {
  let wait = 100;
  for (;;) {
    const seen = await observeSubject(bench, id, past, signal).catch(asAnswer);
    const left = until - bench.clock();
    if (seen !== undefined && !(seen instanceof WardenError) && isEnforced(seen.subject)) return seen;
    if (left <= 0 || signal.aborted) {
      if (seen instanceof WardenError) throw seen;
      return seen;
    }
    await bench.sleep(Math.min(wait, left), signal).catch(() => undefined);
    wait = Math.min(wait * 2, 4_000);
  }
}

/** Whatever is observed is observed by a run, or by an event under a name of its own. */
interface Observer extends SubjectContext {
  readonly run: string;
}

/** Groups choose the rule, the rule asks for devices; what is not known then will not be. */
const ROUNDS = 3;

/** One round of calls. Together only those who lack the same: one account's devices must not cost a call for everybody. */
async function complete(
  judge: Pick<SubjectContext, "directory">,
  subjects: readonly Subject[],
  lacking: (subject: Subject) => readonly FactName[],
  signal: AbortSignal,
): Promise<readonly Subject[]> {
  const ask = judge.directory.complete;
  const groups = new Map<string, number[]>();
  for (const [index, subject] of subjects.entries()) {
    const facts = lacking(subject);
    if (facts.length === 0) continue;
    const together = groups.get(facts.join());
    if (together) together.push(index);
    else groups.set(facts.join(), [index]);
  }
  if (!ask || groups.size === 0) return subjects;
  const whole = [...subjects];
  for (const indexes of groups.values()) {
    const those = indexes.map((index) => subjects[index] as Subject);
    const found = await ask(those, lacking(those[0] as Subject), signal);
    for (const [i, index] of indexes.entries()) whole[index] = found[i] ?? (those[i] as Subject);
  }
  return whole;
}

function observe(judge: Observer, subject: Subject, state: SubjectState | undefined, observedAt: string): Observation {
  const past: SubjectHistory = state ?? { firstSeenAt: observedAt };
  const judgement = decide(subject, judge.id, judge.policy, past, Date.parse(observedAt));
  const facts = factsOnRecord(subject, judgement, judge.id, judge.policy, past);
  return { directory: judge.id, run: judge.run, subject, judgement, facts, observedAt };
}

export const needsChange = (judge: SubjectContext, { judgement, subject }: Observation) =>
  judge.directory.enforce !== undefined && isEnforceable(judge.policy, judgement, subject);

/** Its devices decide whether it can be changed at all, and nobody has asked for them. */
function mayLockOut(judge: SubjectContext, seen: Observation): boolean {
  if (seen.subject.profile || seen.subject.facts.devices !== NOT_ASKED || !needsChange(judge, seen)) return false;
  return mayChange(judge.policy, judge.id) && bindingRule(judge.policy, seen.judgement)?.withoutDevice !== "enforce";
}

export async function observeSubjects(
  judge: Observer,
  listed: readonly Subject[],
  states: ReadonlyMap<string, SubjectState>,
  askedAt: number,
  signal: AbortSignal,
): Promise<Observation[]> {
  const observedAt = new Date(askedAt).toISOString();
  const lacking = (subject: Subject) => factsToFetch(subject, judge.id, judge.policy);
  let subjects = listed;
  for (let round = 0; round < ROUNDS; round++) {
    const known = await complete(judge, subjects, lacking, signal);
    if (known === subjects) break;
    subjects = known;
  }
  const first = subjects.map((subject) => observe(judge, subject, states.get(subject.id), observedAt));
  // Before a plan is measured by its limits: people who could not sign in afterwards are no changes.
  const risky = new Set(first.filter((seen) => mayLockOut(judge, seen)).map((seen) => seen.subject));
  if (risky.size === 0) return first;
  const known = await complete(judge, subjects, (subject) => (risky.has(subject) ? ["devices"] : []), signal);
  return known.map((subject, i) => {
    const seen = first[i];
    return seen?.subject === subject ? seen : observe(judge, subject, states.get(subject.id), observedAt);
  });
}
