/** How the simulated PingOne sends its events: in order, in batches, each batch until it is answered with exactly 200. */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep, setImmediate as turn } from "node:timers/promises";
import type { Hits } from "./faults.ts";
import type { Person } from "./people.ts";
import { isNear, type Subscription } from "./subscriptions.ts";

/** One POST. `at` is in ms; `status` is 0 when there was no answer. */
export interface Delivery {
  at: number;
  url: string;
  count: number;
  status: number;
}

export interface Courier {
  /** The last 10,000 at most. */
  deliveries: Delivery[];
  /** Queues an event about an account for every subscription that wants it. */
  announce(type: "USER.CREATED" | "USER.UPDATED" | "USER.DELETED", index: number): void;
  /** Looks again at what can be sent, after a change of subscriptions. */
  wake(): void;
  /** Resolves when nothing is left that can be sent. */
  settled(): Promise<void>;
  close(): void;
}

interface Needs {
  subscriptions: () => Map<string, Subscription>;
  base: string;
  environment: string;
  show: (index: number) => Person;
  /** Which faults hit the next batch. */
  faults: () => Hits;
  now: () => number;
}

interface Batch {
  text: string;
  count: number;
  /** How many events of the queue are in it. */
  taken: number;
  again: boolean;
}

/** Events are kept as JSON. `batch` is on its way, and stays as it is until it has arrived. */
interface Line {
  queue: string[];
  batch?: Batch | undefined;
  busy: boolean;
}

const firstWait = 200;
const longestWait = 5_000;
const deadline = 10_000;
const mostDeliveries = 10_000;

export function openCourier(needs: Needs): Courier {
  const { now } = needs;
  const lines = new Map<string, Line>();
  const deliveries: Delivery[] = [];
  const end = new AbortController();
  let waiting: (() => void)[] = [];

  /** The subscription of a line, if there is something that it may send now. */
  function sender(id: string): Subscription | undefined {
    const subscription = needs.subscriptions().get(id);
    const ready = !end.signal.aborted && subscription?.enabled && (lines.get(id)?.queue.length ?? 0) > 0;
    return ready && isNear(subscription.httpEndpoint.url) ? subscription : undefined;
  }

  function wake(): void {
    for (const id of lines.keys()) if (!needs.subscriptions().has(id)) lines.delete(id);
    for (const [id, line] of lines) {
      if (line.busy || !sender(id)) continue;
      line.busy = true;
      void drain(id, line);
    }
    if (![...lines.values()].some(({ busy }) => busy)) for (const go of waiting.splice(0)) go();
  }

  async function drain(id: string, line: Line): Promise<void> {
    // What changes together leaves together.
    await turn();
    for (let wait = firstWait; ; ) {
      const subscription = sender(id);
      if (!subscription) break;
      line.batch ??= pack(line.queue, subscription, needs.faults());
      if ((await post(subscription, line.batch)) === 200) {
        arrive(line, line.batch);
        wait = firstWait;
      } else {
        await sleep(wait, undefined, { ref: false, signal: end.signal }).catch(() => undefined);
        wait = Math.min(wait * 2, longestWait);
      }
    }
    line.busy = false;
    wake();
  }

  async function post({ httpEndpoint }: Subscription, { text, count }: Batch): Promise<number> {
    const { url } = httpEndpoint;
    const headers = { "content-type": "application/json", ...httpEndpoint.headers };
    const signal = AbortSignal.any([end.signal, AbortSignal.timeout(deadline)]);
    const at = now();
    const status = await fetch(url, { method: "POST", headers, body: text, redirect: "manual", signal })
      .then(async (response) => {
        await response.arrayBuffer();
        return response.status;
      })
      .catch(() => 0);
    if (deliveries.length >= mostDeliveries) deliveries.splice(0, mostDeliveries / 10);
    deliveries.push({ at, url, count, status });
    return status;
  }

  function queueOf(id: string): string[] {
    const line = lines.get(id) ?? { queue: [], busy: false };
    lines.set(id, line);
    return line.queue;
  }

  function announce(type: string, index: number): void {
    const subscriptions = needs.subscriptions();
    if (subscriptions.size === 0) return;
    const person = needs.show(index);
    const text = JSON.stringify(describe(needs, type, person));
    for (const [id, { filterOptions, httpEndpoint }] of subscriptions) {
      const { includedActionTypes, includedPopulations = [] } = filterOptions;
      const wanted = includedPopulations.length === 0 || includedPopulations.some((p) => p.id === person.population);
      if (wanted && includedActionTypes.includes(type) && isNear(httpEndpoint.url)) queueOf(id).push(text);
    }
    wake();
  }

  return {
    deliveries,
    announce,
    wake,
    settled: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        wake();
      }),
    close: () => {
      end.abort();
      for (const go of waiting) go();
      waiting = [];
    },
  };
}

function arrive(line: Line, batch: Batch): void {
  if (batch.again) {
    batch.again = false;
    return;
  }
  line.queue.splice(0, batch.taken);
  line.batch = undefined;
}

function pack(queue: string[], { payloadOptions = {} }: Subscription, hits: Hits): Batch {
  const { maximumPayloadLimit: limit, payloadFormat } = payloadOptions;
  const most = limit?.type === "EVENTS_PER_PAYLOAD" ? Math.min(limit.size ?? 500, 500) : 500;
  const taken = queue.slice(0, most);
  const events = hits.get("hook-reorder") ? taken.toReversed() : taken;
  // Known by its id, but about nobody.
  const broken = { id: randomUUID(), action: { type: "USER.UPDATED" }, resources: null };
  if (hits.get("hook-broken")) events.splice(Math.floor(events.length / 2), 0, JSON.stringify(broken));
  const text = payloadFormat === "ND_JSON" ? events.join("\n") : `[${events.join(",")}]`;
  return { text, count: events.length, taken: taken.length, again: hits.get("hook-duplicate") !== undefined };
}

function describe({ base, environment, now }: Needs, type: string, { id, username, population }: Person): object {
  const event = randomUUID();
  const at = new Date(now()).toISOString();
  const verb = type.slice("USER.".length).toLowerCase();
  const description = verb.replace(/^./, (letter) => letter.toUpperCase());
  return {
    _links: { self: { href: `${base}/activities/${event}` } },
    id: event,
    recordedAt: at,
    createdAt: at,
    correlationId: randomUUID(),
    actors: { client: { id: "adminui", name: "adminui", type: "CLIENT" } },
    action: { type, description: `User ${description}` },
    resources: [
      {
        type: "USER",
        id,
        name: username,
        environment: { id: environment },
        population: { id: population },
        href: `${base}/users/${id}`,
      },
    ],
    result: { status: "SUCCESS", description: `${description} User ${username}` },
  };
}
