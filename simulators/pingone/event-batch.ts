/** The events of the simulated PingOne as documents, and the batches that they are sent in. */

import { randomUUID } from "node:crypto";
import { findFault } from "../shared/faults.ts";
import type { Fault } from "./faults.ts";
import type { Person } from "./people.ts";
import type { Subscription } from "./subscription-fields.ts";

export type EventType = "USER.CREATED" | "USER.UPDATED" | "USER.DELETED";

/** The body of one POST. */
export interface Batch {
  text: string;
  /** How many events are in it. */
  count: number;
  /** How many events of the queue are in it. */
  taken: number;
  /** It is to arrive once more. */
  again: boolean;
}

const MAX_EVENTS_PER_BATCH = 500;

/** Packs the first events of a queue as the subscription wants them, and as the faults that hit it leave them. */
export function packBatch(queue: string[], { payloadOptions = {} }: Subscription, hits: readonly Fault[]): Batch {
  const { maximumPayloadLimit: limit, payloadFormat } = payloadOptions;
  const wanted = limit?.type === "EVENTS_PER_PAYLOAD" ? limit.size : undefined;
  const taken = queue.slice(0, Math.min(wanted ?? MAX_EVENTS_PER_BATCH, MAX_EVENTS_PER_BATCH));
  const events = findFault(hits, "hook-reorder") ? taken.toReversed() : taken;
  const text = (all: string[]) => (payloadFormat?.https?.format === "ND_JSON" ? all.join("\n") : `[${all.join(",")}]`);
  const sent = findFault(hits, "hook-broken") ? withBrokenEvent(events) : events;
  return {
    text: text(sent),
    count: sent.length,
    taken: taken.length,
    again: findFault(hits, "hook-duplicate") !== undefined,
  };
}

/** With one more event in the middle, known by its id, but about nobody. */
function withBrokenEvent(events: string[]): string[] {
  const broken = { id: randomUUID(), action: { type: "USER.UPDATED" }, resources: null };
  return events.toSpliced(Math.floor(events.length / 2), 0, JSON.stringify(broken));
}

interface Place {
  /** The environment's address. */
  base: string;
  environment: string;
}

/** An event about an account; `at` in ms. */
export function describeEvent({ base, environment }: Place, type: EventType, person: Person, at: number): object {
  const id = randomUUID();
  const time = new Date(at).toISOString();
  const verb = type.slice("USER.".length).toLowerCase();
  const description = verb.replace(/^./, (letter) => letter.toUpperCase());
  return {
    _links: { self: { href: `${base}/activities/${id}` } },
    id,
    recordedAt: time,
    createdAt: time,
    correlationId: randomUUID(),
    actors: { client: { id: "adminui", name: "adminui", type: "CLIENT" } },
    action: { type, description: `User ${description}` },
    resources: [
      {
        type: "USER",
        id: person.id,
        name: person.username,
        environment: { id: environment },
        population: { id: person.population },
        href: `${base}/users/${person.id}`,
      },
    ],
    result: { status: "SUCCESS", description: `${description} User ${person.username}` },
  };
}
