/** Change notifications of the simulated Graph: each until it is answered with 2xx. https://learn.microsoft.com/graph/change-notifications-delivery-webhooks */

import { setTimeout as delay } from "node:timers/promises";
import type { Subscription } from "./people.ts";

const ANSWER_MS = 3_000;
const RETRY_MS = 200;
const MAX_TRIES = 20;

/** One POST and what it was answered; 0: nothing. */
export interface Delivery {
  url: string;
  body: string;
  status: number;
}

export interface Notifier {
  deliveries: Delivery[];
  /** Tells every subscription that a user is new, changed or deleted for now. */
  tellUpdate(subscriptions: readonly Subscription[], user: string): void;
  /** Tells every subscription of its own life. */
  tellLifecycle(subscriptions: readonly Subscription[], event: string): void;
  /** Resolves when nothing is on its way. */
  waitUntilSent(): Promise<void>;
  close(): void;
}

/** @param tenant its id */
export function createNotifier(tenant: string): Notifier {
  const deliveries: Delivery[] = [];
  const underWay = new Set<Promise<void>>();
  const end = new AbortController();
  const post = (url: string | null, subscription: Subscription, what: object) => {
    const body = JSON.stringify({ value: [{ ...aboutSubscription(tenant, subscription), ...what }] });
    const sending = send(deliveries, url ?? "", body, end.signal);
    underWay.add(sending);
    void sending.finally(() => underWay.delete(sending));
  };
  return {
    deliveries,
    tellUpdate: (subscriptions, user) => {
      const wanting = subscriptions.filter(({ changeType }) => changeType.includes("updated"));
      for (const one of wanting) post(one.notificationUrl, one, describeUpdate(user));
    },
    tellLifecycle: (subscriptions, lifecycleEvent) => {
      for (const one of subscriptions) post(one.lifecycleNotificationUrl, one, { lifecycleEvent });
    },
    waitUntilSent: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close: () => end.abort(),
  };
}

const aboutSubscription = (tenant: string, { id, clientState, expirationDateTime }: Subscription) => ({
  subscriptionId: id,
  clientState,
  subscriptionExpirationDateTime: expirationDateTime,
  tenantId: tenant,
});

const describeUpdate = (user: string) => ({
  changeType: "updated",
  resource: `Users/${user}`,
  resourceData: { "@odata.type": "#Microsoft.Graph.User", "@odata.id": `Users/${user}`, id: user },
});

async function send(deliveries: Delivery[], url: string, body: string, end: AbortSignal): Promise<void> {
  for (let tries = 0; tries < MAX_TRIES && !end.aborted && url !== ""; tries++) {
    const status = await post(url, body, end);
    deliveries.push({ url, body, status });
    if (status >= 200 && status < 300) return;
    await delay(RETRY_MS, undefined, { ref: false, signal: end }).catch(() => undefined);
  }
}

async function post(url: string, body: string, end: AbortSignal): Promise<number> {
  try {
    const headers = { "content-type": "application/json" };
    const signal = AbortSignal.any([end, AbortSignal.timeout(ANSWER_MS)]);
    return (await fetch(url, { method: "POST", headers, body, signal })).status;
  } catch {
    return 0;
  }
}
