/** Looks at one subject: read fresh, judged, and looked at again until a change shows. */
import { WardenError } from "../errors.ts";
import {
  type Clock,
  type Directory,
  type FactSheet,
  type Judgement,
  type Ledger,
  NOT_ASKED,
  type Past,
  type Subject,
} from "../model/index.ts";
import { decide, missing } from "../policy/decide.ts";
import type { Policy } from "../policy/schema.ts";

/** What one look, and one change, works with. */
export interface Bench {
  readonly id: string;
  readonly directory: Directory;
  readonly policy: Policy;
  readonly policyHash: string;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  /** How long a change may take to show, in ms (design: 30 s). */
  readonly patience: number;
  readonly tell?: (moment: Moment) => void;
}

/** What the enforcement of a subject has just done; for progress, and for tests that kill it there. */
export interface Moment {
  readonly did: "claimed" | "changed" | "read-back" | "recorded";
  readonly directory: string;
  readonly subject: string;
}

export interface Look {
  readonly subject: Subject;
  readonly judgement: Judgement;
  /** ISO 8601. */
  readonly observedAt: string;
}

/** Reads and judges one subject now, its devices too; `undefined` when the vendor has no such subject. */
export async function lookAt(bench: Bench, id: string, past: Past, signal: AbortSignal): Promise<Look | undefined> {
  const observedAt = now(bench);
  const read = await bench.directory.read(id, signal);
  if (!read) return undefined;
  const subject = await completed(bench, read, signal);
  const judgement = decide(subject, bench.id, bench.policy, past, bench.clock());
  return { subject, judgement, observedAt };
}

/** A change rests on everything that can be known: groups that choose the rule, devices always. */
async function completed(bench: Bench, read: Subject, signal: AbortSignal): Promise<Subject> {
  const { complete } = bench.directory;
  if (read.profile) return read;
  const wanted = new Set(missing(read, bench.id, bench.policy));
  if (read.facts.devices === NOT_ASKED) wanted.add("devices");
  if (!complete || wanted.size === 0) return read;
  return (await complete([read], [...wanted], signal))[0] ?? read;
}

/** Whether what a change is to bring about shows. Of a profile that is all but its secret, which no vendor shows. */
export function isDone({ profile, facts }: Subject): boolean {
  if (profile) return profile.present && profile.differs.length === 0;
  return facts.enabled.known && facts.enabled.value;
}

/** Whether it showed before: then it proves nothing afterwards. */
export const wasDone = ({ present, differs }: FactSheet): boolean =>
  present === true && Array.isArray(differs) && differs.length === 0;

/**
 * Looks until what was asked for shows or `until` has passed, at least once. Throws the last error when no look succeeded: not to
 * have seen is not to have seen it off.
 */
export async function readBack(
  bench: Bench,
  id: string,
  past: Past,
  until: number,
  signal: AbortSignal,
): Promise<Look | undefined> {
  let wait = 100;
  for (;;) {
    const seen = await lookAt(bench, id, past, signal).catch(asAnswer);
    const left = until - bench.clock();
    if (seen !== undefined && !(seen instanceof WardenError) && isDone(seen.subject)) return seen;
    if (left <= 0 || signal.aborted) {
      if (seen instanceof WardenError) throw seen;
      return seen;
    }
    await bench.sleep(Math.min(wait, left), signal).catch(() => undefined);
    wait = Math.min(wait * 2, 4_000);
  }
}

function asAnswer(error: unknown): WardenError {
  if (error instanceof WardenError) return error;
  throw error;
}

export const now = (bench: Pick<Bench, "clock">): string => new Date(bench.clock()).toISOString();
