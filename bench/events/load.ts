/** What arrives in the rows of events: bodies as PingOne sends them, on a schedule that nobody's slowness moves. */
import { randomUUID } from "node:crypto";
import { loadavg } from "node:os";
import { setTimeout as wait } from "node:timers/promises";

/** Milliseconds since 1970, in fractions: what processes of one machine agree on. */
export const now = (): number => performance.timeOrigin + performance.now();

/** Of the last minute: others may be at work on the same cores. */
export const load = (): number => Number(loadavg()[0]?.toFixed(2));

const HEAD_START_MS = 100;

/** Open loop: begins each call when it is due, however many are still under way. @param due by `now` */
export async function arrive<T>(
  count: number,
  perSecond: number,
  call: (i: number, due: number) => Promise<T>,
): Promise<T[]> {
  const start = now() + HEAD_START_MS;
  const calls: Promise<T>[] = [];
  for (let i = 0; i < count; i++) {
    const due = start + (i * 1000) / perSecond;
    await wait(Math.max(0, due - now()));
    calls.push(call(i, due));
  }
  return Promise.all(calls);
}

export interface HookTo {
  readonly url: string;
  readonly authorization: string;
}

/** Throws unless the answer is 200. */
export async function post({ url, authorization }: HookTo, body: string): Promise<void> {
  const headers = { authorization, "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`The webhook was answered with ${answer.status}`);
}

export interface Happened {
  readonly id: string;
  readonly subject: string;
}

export const happened = (subject: string): Happened => ({ id: randomUUID(), subject });

/** As PingOne writes it, about 1 kB each. @param environment the tenant's id */
export function bodyOf(events: readonly Happened[], environment: string): string {
  const base = `https://api.pingone.com/v1/environments/${environment}`;
  const at = new Date().toISOString();
  return JSON.stringify(
    events.map(({ id, subject }) => ({
      _links: { self: { href: `${base}/activities/${id}` } },
      id,
      recordedAt: at,
      createdAt: at,
      correlationId: randomUUID(),
      actors: {
        client: { id: environment, name: "adminui", environment: { id: environment }, type: "CLIENT" },
      },
      action: { type: "USER.UPDATED", description: "User Updated" },
      resources: [
        {
          type: "USER",
          id: subject,
          name: `person-${subject.slice(0, 8)}`,
          environment: { id: environment },
          population: { id: environment },
          href: `${base}/users/${subject}`,
        },
      ],
      result: { status: "SUCCESS", description: `Updated User person-${subject.slice(0, 8)}` },
    })),
  );
}
