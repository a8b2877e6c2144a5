/** The POSTs of the simulated PingOne's events, and the record of them. */

import type { Batch } from "./event-batch.ts";
import type { Subscription } from "./subscription-fields.ts";

/** One POST. `at` is in ms; `status` is 0 when there was no answer. */
export interface Delivery {
  at: number;
  url: string;
  count: number;
  status: number;
}

const POST_DEADLINE_MS = 10_000;
const MAX_DELIVERIES = 10_000;

/** Adds a delivery; the oldest go when there are more than 10,000. */
export function recordDelivery(deliveries: Delivery[], delivery: Delivery): void {
  if (deliveries.length >= MAX_DELIVERIES) deliveries.splice(0, MAX_DELIVERIES / 10);
  deliveries.push(delivery);
}

/** Posts a batch and answers the status; 0 when there was no answer. */
export async function postBatch({ httpEndpoint }: Subscription, { text }: Batch, end: AbortSignal): Promise<number> {
  try {
    const response = await fetch(httpEndpoint.url, {
      method: "POST",
      headers: { "content-type": "application/json", ...httpEndpoint.headers },
      body: text,
      redirect: "manual",
      signal: AbortSignal.any([end, AbortSignal.timeout(POST_DEADLINE_MS)]),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
