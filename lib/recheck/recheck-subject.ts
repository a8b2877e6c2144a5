/** What events about one subject come to: it is looked at afresh, judged as in a sweep, and changed if policy says so. */

import {
  BUDGET_SCOPE,
  consumesBudget,
  enforceChange,
  isEnforceable,
  lockoutRisk,
  observeSubjects,
  type PublishChange,
  publishQueue,
  recordIfMade,
  refusedPassword,
  type SubjectContext,
} from "../enforcement/index.ts";
import { retryable, WardenError } from "../errors.ts";
import {
  type Change,
  type ChangeResult,
  type Directory,
  type Observation,
  omitUndefined,
  type SubjectEvent,
  type SubjectState,
} from "../model/index.ts";
import { mayChange } from "../policy/index.ts";
import type { DirectoryCache } from "./directory-cache.ts";
import type { Rechecked, RecheckPorts } from "./ports.ts";

/** The vendor's clock and ours may be this far apart; an event is only older when it is older by more. */
const SKEW_MS = 5 * 60_000;
const LOOK_DEADLINE_MS = 60_000;
/** Where what was written must be pushed live too. */
const PUSH_DEADLINE_MS = 4 * 60_000;

/** Throws what the vendor, the ledger or a push throws: then the events must come again. */
export type RecheckSubject = (events: readonly SubjectEvent[], signal: AbortSignal) => Promise<void>;

/** @returns one look for all events of one subject */
export function subjectRechecker(ports: RecheckPorts, doors: DirectoryCache): RecheckSubject {
  const push = publishQueue();
  return async (events, signal) => {
    const [first] = events;
    if (!first) return;
    const { directory: id, subject } = first;
    const [seen, states] = await Promise.all([
      ports.ledger.handledEvents(
        id,
        events.map((event) => event.id),
      ),
      ports.ledger.readStates(id, [subject], true),
    ]);
    const fresh = events.filter((event) => !seen.has(event.id));
    const report = (result: Omit<Rechecked, "directory" | "subject" | "events">) =>
      ports.onProgress?.({ directory: id, subject, events: events.map((event) => event.id), ...result });
    if (fresh.length === 0) return report({ did: "seen" });
    try {
      const directory = await doors.open(id, AbortSignal.any([signal, AbortSignal.timeout(LOOK_DEADLINE_MS)]));
      const deadline = AbortSignal.timeout(directory.publish ? PUSH_DEADLINE_MS : LOOK_DEADLINE_MS);
      const result = await handle(
        { ...ports, push },
        { id, directory, events: fresh, states },
        AbortSignal.any([signal, deadline]),
      );
      await ports.ledger.markEventsHandled(
        id,
        fresh.map((event) => event.id),
      );
      report(result);
    } catch (error) {
      // The secret may have a new version; the next look opens the directory again.
      doors.forget(id);
      report({ did: "failed", why: error instanceof WardenError ? `${error.code}: ${error.message}` : "unexpected" });
      throw error;
    }
  };
}

type Did = Pick<Rechecked, "did" | "outcome" | "why">;

/** What one look is about. */
interface Matter {
  readonly id: string;
  readonly directory: Directory;
  /** Of one subject; none of them handled before. */
  readonly events: readonly SubjectEvent[];
  /** The subject's state, read strongly consistent; empty for a new one. */
  readonly states: ReadonlyMap<string, SubjectState>;
}

type Watch = SubjectContext & { readonly run: string; readonly push: PublishChange };

async function handle(
  ports: RecheckPorts & { readonly push: PublishChange },
  { id, directory, events, states }: Matter,
  signal: AbortSignal,
): Promise<Did> {
  const subject = (events[0] as SubjectEvent).subject;
  const { ledger, clock, policy, policyHash, sleep, readBackTimeoutMs, push } = ports;
  const bench: SubjectContext = {
    id,
    directory,
    policy,
    policyHash,
    ledger,
    clock,
    sleep,
    readBackTimeoutMs: readBackTimeoutMs,
  };
  const state = states.get(subject);
  const unfinished = state && ownClaim(state, events);
  if (state && !unfinished && events.every((event) => isOlder(event, state))) return { did: "older" };
  const askedAt = clock();
  const read = await directory.read(subject, signal);
  const watch = { ...bench, push, run: unfinished ?? runOf(events[0] as SubjectEvent) };
  const [seen] = read ? await observeSubjects(watch, { subjects: [read], states, askedAt }, signal) : [];
  if (!seen) {
    if (state) await ledger.markDeparted(id, subject, watch.run, new Date(askedAt).toISOString(), "confirmed");
    return { did: "gone" };
  }
  if (!unfinished) return changeIfDue(watch, seen, signal, states);
  await ledger.saveObservations([seen], states);
  const change = changeOf(watch.run, seen);
  const settled = await recordIfMade(bench, { lease: { run: watch.run, token: 0 }, change, state }, signal);
  if (settled) return live(watch, change, settled, signal);
  return changeIfDue(watch, seen, signal);
}

const runOf = ({ id }: SubjectEvent) => `event:${id}`;

/** An earlier try of one of these events died after its claim: what it did must be on record before anything else. */
const ownClaim = ({ claim }: SubjectState, events: readonly SubjectEvent[]): string | undefined =>
  events.map(runOf).find((run) => run === claim?.by);

/** What an earlier try of the same event saw is not newer than the event: that try may have failed. */
const isOlder = (event: SubjectEvent, state: SubjectState) =>
  event.at !== undefined &&
  state.event.run !== runOf(event) &&
  Date.parse(event.at) + SKEW_MS < Date.parse(state.observedAt);

/** @param states as they were read, if what was seen is not recorded yet */
async function changeIfDue(
  watch: Watch,
  seen: Observation,
  signal: AbortSignal,
  states?: ReadonlyMap<string, SubjectState>,
): Promise<Did> {
  const { policy, ledger, run } = watch;
  const state = states?.get(seen.subject.id);
  const record = async () => states && ledger.saveObservations([seen], states);
  const due = isDue(watch, seen, state);
  if (due !== true) {
    await record();
    return due;
  }
  const [granted] = await Promise.all([ledger.reserveBudget(BUDGET_SCOPE, 1, policy.limits.changesPerDay), record()]);
  if (granted === 0)
    return { did: "looked", outcome: "refused", why: "ERR_LIMIT_DAY: limits.changesPerDay is used up" };
  const change = changeOf(run, seen);
  // As long as a sweep gives it: whoever finds an older claim takes its holder for dead.
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(LOOK_DEADLINE_MS)]);
  const ended = await enforceChange(watch, omitUndefined({ lease: { run, token: 0 }, change, state }), inTime);
  if (!consumesBudget(ended.outcome)) await ledger.releaseBudget(BUDGET_SCOPE, 1);
  // An account with a password is left to the next sweep: a wrong one, sent again and again without an answer, locks it.
  if (ended.error && retryable(ended.error) && !seen.subject.credentialHeld) throw ended.error;
  return live(watch, change, ended, signal);
}

/** Whether it is to be changed now; else what came of the look. */
function isDue(
  { id, policy, directory }: SubjectContext,
  { subject, judgement }: Observation,
  state?: SubjectState,
): true | Did {
  if (!mayChange(policy, id) || !directory.enforce || !isEnforceable(policy, judgement, subject))
    return { did: "looked" };
  const hopeless = lockoutRisk(policy, judgement, subject) ?? refusedPassword({ directory }, state);
  return hopeless ? { did: "looked", outcome: hopeless.outcome, why: hopeless.why } : true;
}

/** What is only written is pushed live at once, where that is ours to do. */
async function live(watch: Watch, change: Change, ended: ChangeResult, signal: AbortSignal): Promise<Did> {
  const { outcome, why, learned } = ended;
  if (outcome !== "staged") return { did: "changed", outcome, why };
  const pushed = await watch.push(watch, { ...change, outcome, why, ...(learned ? { learned } : {}) }, signal);
  return { did: "changed", outcome: pushed ? "enforced" : outcome, why };
}

/** Planned by nobody: only the account's own history will tell of it. */
const changeOf = (run: string, { directory, subject, judgement, facts }: Observation): Change => ({
  ...{ run, directory, id: subject.id, username: subject.username, author: run, step: 0, before: facts },
  rule: judgement.rule ?? "",
  requirement: judgement.requirement ?? "",
  unplanned: true,
});
