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
  /** Tells every subscription of a change of a user. */
  tell(subscriptions: readonly Subscription[], changeType: "updated" | "deleted", user: string): void;
  /** Tells a subscription of its own life. */
  tellLifecycle(subscriptions: readonly Subscription[], event: string): void;
  /** Resolves when nothing is on its way. */
  waitUntilSent(): Promise<void>;
  close(): void;
}

export function createNotifier(tenant: string): Notifier {
  const deliveries: Delivery[] = [];
  const underWay = new Set<Promise<void>>();
  const end = new AbortController();
  const post = (url: string, notification: object) => {
    const sending = send(deliveries, url, JSON.stringify({ value: [notification] }), end.signal);
    underWay.add(sending);
    void sending.finally(() => underWay.delete(sending));
  };
  const common = ({ id, clientState, expirationDateTime }: Subscription) => ({
    subscriptionId: id,
    clientState,
    subscriptionExpirationDateTime: expirationDateTime,
    tenantId: tenant,
  });
  return {
    deliveries,
    tell: (subscriptions, changeType, user) => {
      for (const subscription of subscriptions.filter((one) => one.changeType.includes(changeType))) {
        const resourceData = { "@odata.type": "#Microsoft.Graph.User", "@odata.id": `Users/${user}`, id: user };
        post(subscription.notificationUrl, {
          ...common(subscription),
          changeType,
          resource: `Users/${user}`,
          resourceData,
        });
      }
    },
    tellLifecycle: (subscriptions, lifecycleEvent) => {
      for (const subscription of subscriptions)
        post(subscription.lifecycleNotificationUrl ?? "", { ...common(subscription), lifecycleEvent });
    },
    waitUntilSent: async () => {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    close: () => end.abort(),
  };
}

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
