/** Events from outside: each names a subject that is looked at afresh, judged as in a sweep, and changed if policy says so. */
import * as v from "valibot";
import { enforce, enforceable, lockOut, settle } from "./enforcement.ts";
import { retryable, WardenError } from "./errors.ts";
import type { Bench } from "./look.ts";
import type { Change, Directory, Observation, Outcome, Queue, Received, State, SubjectEvent } from "./model.ts";
import { pooled } from "./pool.ts";
import { MOST } from "./queue.ts";
import { BUDGET, spends } from "./sweep/batch.ts";
import { observeAll } from "./sweep/judging.ts";
import type { SweepPorts } from "./sweep/session.ts";

export interface RecheckPorts extends Omit<SweepPorts, "evidence" | "invokedAt" | "leaseSeconds" | "code" | "tell"> {
  readonly queue: Queue;
  readonly tell?: (news: Rechecked) => void;
}

/** What became of the events of one subject. */
export interface Rechecked {
  readonly directory: string;
  readonly subject: string;
  readonly events: readonly string[];
  /** `seen`: handled before. `older`: the ledger knows something newer. `gone`: the vendor has no such subject. */
  readonly did: "looked" | "changed" | "seen" | "older" | "gone" | "failed";
  readonly outcome?: Outcome;
  readonly why?: string;
}

const LOOKS_AT_ONCE = 8;
/** The vendor's clock and ours may be this far apart; an event is only older when it is older by more. */
const SKEW_MS = 5 * 60_000;
const LOOK_DEADLINE_MS = 60_000;
const LONGEST_DELAY_S = 900;

const eventSchema = v.object({
  id: v.string(),
  directory: v.string(),
  subject: v.string(),
  at: v.optional(v.string()),
});
const messageSchema = v.object({ directory: v.string(), events: v.array(eventSchema) });
/** As EventBridge puts it on the queue. https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
const changedSchema = v.object({
  id: v.string(),
  time: v.optional(v.string()),
  "detail-type": v.literal("subject.changed"),
  detail: v.object({ directory: v.string(), subject: v.string() }),
});

/** The events in a message; throws `ERR_INPUT_INVALID` for anything else, so that it ends in the dead-letter queue. */
export function readMessage(body: string): SubjectEvent[] {
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), v.union([messageSchema, changedSchema])), body);
  if (!read.success)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      "A message on the event queue is of no form this version reads; look at it with replay.",
    );
  const message = read.output;
  if ("detail" in message) {
    const { id, time, detail } = message;
    return [{ id, ...detail, ...(time === undefined ? {} : { at: time }) }];
  }
  return message.events.map(({ at, ...event }) => (at === undefined ? event : { ...event, at }));
}

/**
 * Handles a batch of messages; answers the ids of those that must come again, as SQS wants it. What fails inside a message of
 * several is queued again alone; a throttled directory's message comes back after the time the vendor asked for.
 */
export function rechecker(
  ports: RecheckPorts,
): (messages: readonly Received[], signal: AbortSignal) => Promise<string[]> {
  const look = looker(ports);
  return async (messages, signal) => {
    const letters = messages.map((message) => ({ message, events: read(message) }));
    const failures = await lookAtAll(
      look,
      letters.flatMap(({ events }) => events ?? []),
      signal,
    );
    const again = await pooled(letters, LOOKS_AT_ONCE, async ({ message, events }) => {
      if (!events) return message.id;
      const failed = events.filter((event) => failures.has(keyOf(event)));
      if (failed.length === 0) return undefined;
      if (events.length === 1)
        return postpone(ports.queue, message, failures.get(keyOf(failed[0] as SubjectEvent)), signal);
      for (let i = 0; i < failed.length; i += MOST.messages)
        await ports.queue.send(failed.slice(i, i + MOST.messages).map(alone), signal);
      return undefined;
    });
    return again.filter((id) => id !== undefined);
  };
}

const alone = (event: SubjectEvent) => ({ directory: event.directory, events: [event] });

function read({ body }: Received): SubjectEvent[] | undefined {
  try {
    return readMessage(body);
  } catch {
    return undefined;
  }
}

const keyOf = ({ directory, subject }: Pick<SubjectEvent, "directory" | "subject">) =>
  JSON.stringify([directory, subject]);

/** One look for each subject, however many events name it. Answers the errors of those that failed. */
async function lookAtAll(
  look: Look,
  events: readonly SubjectEvent[],
  signal: AbortSignal,
): Promise<Map<string, WardenError>> {
  const failures = new Map<string, WardenError>();
  const subjects = [...Map.groupBy(events, keyOf)];
  await pooled(subjects, LOOKS_AT_ONCE, async ([key, together]) => {
    try {
      await look(together, AbortSignal.any([signal, AbortSignal.timeout(LOOK_DEADLINE_MS)]));
    } catch (error) {
      failures.set(
        key,
        error instanceof WardenError ? error : new WardenError("ERR_INTERNAL", "An event could not be handled."),
      );
    }
  });
  return failures;
}

/** Back to the queue, later; after five receives SQS puts it with the dead letters. */
async function postpone(
  queue: Queue,
  message: Received,
  error: WardenError | undefined,
  signal: AbortSignal,
): Promise<string> {
  const asked = error?.detail.retryAfter;
  if (asked !== undefined)
    await queue.delay(message.receipt, Math.min(LONGEST_DELAY_S, Math.ceil(asked / 1000)), signal);
  return message.id;
}

type Look = (events: readonly SubjectEvent[], signal: AbortSignal) => Promise<void>;

function looker(ports: RecheckPorts): Look {
  const directories = new Map<string, Promise<Directory>>();
  const open = (id: string, signal: AbortSignal) => {
    const opened = directories.get(id) ?? ports.open(id, signal);
    directories.set(id, opened);
    return opened;
  };

  return async (events, signal) => {
    const [first] = events;
    if (!first) return;
    const { directory: id, subject } = first;
    const seen = await ports.ledger.seen(
      id,
      events.map((event) => event.id),
    );
    const fresh = events.filter((event) => !seen.has(event.id));
    const tell = (result: Omit<Rechecked, "directory" | "subject" | "events">) =>
      ports.tell?.({ directory: id, subject, events: events.map((event) => event.id), ...result });
    if (fresh.length === 0) return tell({ did: "seen" });
    try {
      const directory = await open(id, signal);
      const result = await handle({ ...ports, tell: () => {} }, id, directory, fresh, signal);
      await ports.ledger.see(
        id,
        fresh.map((event) => event.id),
      );
      tell(result);
    } catch (error) {
      // The secret may have a new version; the next look opens the directory again.
      directories.delete(id);
      tell({ did: "failed", why: error instanceof WardenError ? `${error.code}: ${error.message}` : "unexpected" });
      throw error;
    }
  };
}

type Result = Pick<Rechecked, "did" | "outcome" | "why">;

async function handle(
  ports: RecheckPorts,
  id: string,
  directory: Directory,
  events: readonly SubjectEvent[],
  signal: AbortSignal,
): Promise<Result> {
  const subject = (events[0] as SubjectEvent).subject;
  const { ledger, clock, policy, policyHash, sleep, patience } = ports;
  const bench: Bench = { id, directory, policy, policyHash, ledger, clock, sleep, patience };
  const states = await ledger.states(id, [subject], true);
  const state = states.get(subject);
  const unfinished = state && ownClaim(state, events);
  if (state && !unfinished && events.every((event) => isOlder(event, state))) return { did: "older" };
  const askedAt = clock();
  const read = await directory.read(subject, signal);
  const run = unfinished ?? runOf(events[0] as SubjectEvent);
  if (!read) {
    if (state) await ledger.depart(id, subject, run, new Date(askedAt).toISOString(), "confirmed");
    return { did: "gone" };
  }
  const [seen] = await observeAll({ ...bench, run }, [read], states, askedAt, signal);
  if (!seen) return { did: "gone" };
  await ledger.observe([seen], states);
  if (unfinished) {
    const { outcome, why = "" } =
      (await settle(bench, { run, token: 0 }, changeOf(run, seen), state, signal, "go on")) ?? {};
    if (outcome === "enforced") return { did: "changed", outcome, why };
  }
  return changeIfDue(bench, run, seen, signal);
}

const runOf = ({ id }: SubjectEvent) => `event:${id}`;

/** An earlier try of one of these events died after its claim: what it did must be on record before anything else. */
const ownClaim = ({ claim }: State, events: readonly SubjectEvent[]): string | undefined =>
  events.map(runOf).find((run) => run === claim?.by);

const isOlder = ({ at }: SubjectEvent, { observedAt }: State) =>
  at !== undefined && Date.parse(at) + SKEW_MS < Date.parse(observedAt);

async function changeIfDue(bench: Bench, run: string, seen: Observation, signal: AbortSignal): Promise<Result> {
  const { policy, ledger } = bench;
  const { subject, judgement } = seen;
  const mode = policy.directories.find((directory) => directory.id === bench.id)?.mode;
  if (mode !== "enforce" || !bench.directory.enforce || !enforceable(policy, judgement, subject))
    return { did: "looked" };
  const hopeless = lockOut(policy, judgement, subject);
  if (hopeless) return { did: "looked", outcome: hopeless.outcome, why: hopeless.why };
  const granted = await ledger.reserve(BUDGET, 1, policy.limits.changesPerDay);
  if (granted === 0)
    return { did: "looked", outcome: "refused", why: "ERR_LIMIT_DAY: limits.changesPerDay is used up" };
  const { outcome, why, error } = await enforce(bench, { run, token: 0 }, changeOf(run, seen), signal);
  if (!spends(outcome)) await ledger.giveBack(BUDGET, 1);
  if (error && retryable(error)) throw error;
  return { did: "changed", outcome, why };
}

/** Planned by nobody: only the account's own history will tell of it. */
const changeOf = (run: string, { directory, subject, judgement, facts }: Observation): Change => ({
  ...{ run, directory, id: subject.id, username: subject.username, author: run, step: 0, before: facts },
  rule: judgement.rule ?? "",
  requirement: judgement.requirement ?? "",
  unplanned: true,
});
