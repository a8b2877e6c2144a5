/** Event hooks of the simulated org: a question before, then deliveries, each sent once more if nobody takes it. https://developer.okta.com/docs/concepts/event-hooks/ */

import { randomBytes } from "node:crypto";
import { showLine } from "./answers.ts";
import type { EventHook, LogLine } from "./people.ts";

const ANSWER_MS = 3_000;
const MAX_TRIES = 2;

/** One POST and what it was answered; 0: nothing. */
export interface Delivery {
  uri: string;
  body: string;
  status: number;
}

export interface EventSender {
  deliveries: Delivery[];
  send(hooks: readonly EventHook[], line: LogLine): void;
  /** Resolves when nothing is on its way. */
  waitUntilSent(): Promise<void>;
}

export function createEventSender(): EventSender {
  const deliveries: Delivery[] = [];
  const underWay = new Set<Promise<void>>();
  return {
    deliveries,
    send: (hooks, line) => {
      for (const hook of hooks.filter((one) => isListening(one, line))) {
        const sending = deliver(deliveries, hook, line);
        underWay.add(sending);
        void sending.finally(() => underWay.delete(sending));
      }
    },
    waitUntilSent: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

const isListening = ({ status, verificationStatus, events }: EventHook, { eventType }: LogLine): boolean =>
  status === "ACTIVE" && verificationStatus === "VERIFIED" && (events.items as string[]).includes(eventType);

async function deliver(deliveries: Delivery[], { uri, key, value }: EventHook, line: LogLine): Promise<void> {
  const body = JSON.stringify({
    eventType: "com.okta.event_hook",
    eventTypeVersion: "1.0",
    cloudEventsVersion: "0.1",
    contentType: "application/json",
    eventTime: line.at,
    data: { events: [showLine(line)] },
  });
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const headers = { "content-type": "application/json", [key]: value };
    const status = (await call(uri, { method: "POST", headers, body }))?.status ?? 0;
    deliveries.push({ uri, body, status });
    if (status >= 200 && status < 300) return;
  }
}

/** Whether the address gives back what it was asked. */
export async function verifyAddress({ uri, key, value }: EventHook): Promise<boolean> {
  const challenge = randomBytes(24).toString("base64url");
  const headers = { "x-okta-verification-challenge": challenge, [key]: value };
  const answer = await call(uri, { method: "GET", headers });
  if (answer?.status !== 200) return false;
  const said = (await answer.json().catch(() => ({}))) as { verification?: unknown };
  return said.verification === challenge;
}

const call = (uri: string, init: RequestInit): Promise<Response | undefined> =>
  fetch(uri, { ...init, signal: AbortSignal.timeout(ANSWER_MS) }).catch(() => undefined);
