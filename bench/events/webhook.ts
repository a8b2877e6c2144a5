/** Webhooks as PingOne sends them. */
import { randomUUID } from "node:crypto";

/** The benchmark's webhooks authenticate with it. */
export const WEBHOOK_CREDENTIAL = "Bearer the-benchmark-sends-this";

export interface AccountEvent {
  readonly id: string;
  readonly subject: string;
}

export const newEvent = (subject: string): AccountEvent => ({ id: randomUUID(), subject });

/** Throws unless the answer is 200. */
export async function postWebhook(url: string, body: string): Promise<void> {
  const headers = { authorization: WEBHOOK_CREDENTIAL, "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body });
  await answer.arrayBuffer();
  if (answer.status !== 200) throw new Error(`The webhook was answered with ${answer.status}`);
}

/** A body with all events, about 1 kB each. @param environment the tenant's id */
export function webhookBody(events: readonly AccountEvent[], environment: string): string {
  const at = new Date().toISOString();
  return JSON.stringify(events.map((event) => activityOf(event, environment, at)));
}

function activityOf({ id, subject }: AccountEvent, environment: string, at: string): object {
  const base = `https://api.pingone.com/v1/environments/${environment}`;
  const name = `person-${subject.slice(0, 8)}`;
  const environmentLink = { id: environment };
  return {
    _links: { self: { href: `${base}/activities/${id}` } },
    id,
    recordedAt: at,
    createdAt: at,
    correlationId: randomUUID(),
    actors: { client: { id: environment, name: "adminui", environment: environmentLink, type: "CLIENT" } },
    action: { type: "USER.UPDATED", description: "User Updated" },
    resources: [
      {
        type: "USER",
        id: subject,
        name,
        environment: environmentLink,
        population: { id: environment },
        href: `${base}/users/${subject}`,
      },
    ],
    result: { status: "SUCCESS", description: `Updated User ${name}` },
  };
}
