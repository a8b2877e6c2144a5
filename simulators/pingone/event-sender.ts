/** How the simulated PingOne sends its events: in order, in batches, each batch until it is answered with exactly 200. */

import { setTimeout as delay, setImmediate as endOfTurn } from "node:timers/promises";
import { type Delivery, postBatch, recordDelivery } from "./deliveries.ts";
import { type Batch, describeEvent, type EventType, packBatch } from "./event-batch.ts";
import type { Fault } from "./faults.ts";
import type { Person } from "./people.ts";
import { isLoopback, type Subscription } from "./subscription-fields.ts";

export interface EventSender {
  /** The last 10,000 at most. */
  deliveries: Delivery[];
  /** Queues an event about an account for every subscription that wants it. */
  queueEvent(type: EventType, index: number): void;
  /** Looks again at what can be sent, after a change of subscriptions. */
  sendQueued(): void;
  /** Resolves when nothing is left that can be sent. */
  waitUntilSent(): Promise<void>;
  close(): void;
}

interface Needs {
  subscriptions: ReadonlyMap<string, Subscription>;
  /** The environment's address. */
  base: string;
  environment: string;
  showPerson: (index: number) => Person;
  /** Takes the faults that hit the next batch. */
  takeFaults: () => readonly Fault[];
  now: () => number;
}

/** The events that wait for one subscription, as JSON. */
interface Queue {
  events: string[];
  /** It is on its way, and stays as it is until it has arrived. */
  batch?: Batch | undefined;
  isSending: boolean;
}

interface State extends Needs {
  /** By the id of the subscription. */
  queues: Map<string, Queue>;
  deliveries: Delivery[];
  end: AbortController;
  waiting: (() => void)[];
}

const FIRST_RETRY_MS = 200;
const MAX_RETRY_MS = 5_000;

/** Creates a sender; it sends nothing but to this machine. */
export function createEventSender(needs: Needs): EventSender {
  const state: State = { ...needs, queues: new Map(), deliveries: [], end: new AbortController(), waiting: [] };
  return {
    deliveries: state.deliveries,
    queueEvent: (type, index) => queueEvent(state, type, index),
    sendQueued: () => sendQueued(state),
    waitUntilSent: () =>
      new Promise((resolve) => {
        state.waiting.push(resolve);
        sendQueued(state);
      }),
    close: () => {
      state.end.abort();
      releaseWaiting(state);
    },
  };
}

function queueEvent(state: State, type: EventType, index: number): void {
  if (state.subscriptions.size === 0) return;
  const person = state.showPerson(index);
  const text = JSON.stringify(describeEvent(state, type, person, state.now()));
  for (const [id, subscription] of state.subscriptions) {
    if (isWanted(subscription, type, person)) queueOf(state, id).events.push(text);
  }
  sendQueued(state);
}

function isWanted({ filterOptions, httpEndpoint }: Subscription, type: EventType, { population }: Person): boolean {
  const { includedActionTypes, includedPopulations = [] } = filterOptions;
  const isIncluded = includedPopulations.length === 0 || includedPopulations.some(({ id }) => id === population);
  return isIncluded && includedActionTypes.includes(type) && isLoopback(httpEndpoint.url);
}

function queueOf({ queues }: State, id: string): Queue {
  const queue = queues.get(id) ?? { events: [], isSending: false };
  queues.set(id, queue);
  return queue;
}

function sendQueued(state: State): void {
  const { queues, subscriptions } = state;
  for (const id of queues.keys()) if (!subscriptions.has(id)) queues.delete(id);
  for (const [id, queue] of queues) {
    if (queue.isSending || !readySubscription(state, id)) continue;
    queue.isSending = true;
    void sendQueue(state, id, queue);
  }
  if (![...queues.values()].some(({ isSending }) => isSending)) releaseWaiting(state);
}

function releaseWaiting({ waiting }: State): void {
  for (const resolve of waiting.splice(0)) resolve();
}

/** A subscription, if there is something that may be sent to it now. */
function readySubscription({ subscriptions, queues, end }: State, id: string): Subscription | undefined {
  const subscription = subscriptions.get(id);
  if (end.signal.aborted || !subscription?.enabled || !queues.get(id)?.events.length) return undefined;
  return isLoopback(subscription.httpEndpoint.url) ? subscription : undefined;
}

async function sendQueue(state: State, id: string, queue: Queue): Promise<void> {
  // What changes together leaves together.
  await endOfTurn();
  let retryAfter = FIRST_RETRY_MS;
  for (let to = readySubscription(state, id); to; to = readySubscription(state, id)) {
    queue.batch ??= packBatch(queue.events, to, state.takeFaults());
    if ((await sendBatch(state, to, queue.batch)) === 200) {
      removeArrived(queue, queue.batch);
      retryAfter = FIRST_RETRY_MS;
    } else {
      await delay(retryAfter, undefined, { ref: false, signal: state.end.signal }).catch(() => undefined);
      retryAfter = Math.min(retryAfter * 2, MAX_RETRY_MS);
    }
  }
  queue.isSending = false;
  sendQueued(state);
}

/** Answers the status; 0 when there was no answer. */
async function sendBatch({ deliveries, end, now }: State, to: Subscription, batch: Batch): Promise<number> {
  const at = now();
  const status = await postBatch(to, batch, end.signal);
  recordDelivery(deliveries, { at, url: to.httpEndpoint.url, count: batch.count, status });
  return status;
}

function removeArrived(queue: Queue, batch: Batch): void {
  if (batch.again) {
    batch.again = false;
    return;
  }
  queue.events.splice(0, batch.taken);
  queue.batch = undefined;
}
