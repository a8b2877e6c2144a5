/** The subscriptions of the simulated PingOne: where it sends its events to, kept and answered as the API does. */

import { randomUUID } from "node:crypto";
import type { Answer, Hal } from "../shared/answers.ts";
import { answerOk, answerProblem, showList } from "./answers.ts";

export interface Subscription {
  id: string;
  name: string;
  /** False: what happens is kept and sent when it is true again. */
  enabled: boolean;
  format: string;
  httpEndpoint: { url: string; headers: Record<string, string> };
  verifyTlsCertificates: boolean;
  filterOptions: { includedActionTypes: string[]; includedPopulations?: { id: string }[] };
  payloadOptions?: { maximumPayloadLimit?: { type?: string; size?: number }; payloadFormat?: string };
  createdAt: string;
  updatedAt: string;
}

export interface Subscriptions {
  all: Map<string, Subscription>;
  /** Answers a call at the route "subscriptions" or "subscription"; undefined for another method. */
  answer(call: { method: string; route: string; id: string; body: unknown }): Answer | undefined;
}

const most = 50;

/** `changed` is called after each change; `base` is the environment's address. */
export function keepSubscriptions(scene: {
  base: string;
  environment: string;
  now: () => number;
  changed: () => void;
}): Subscriptions {
  const { base, environment, now, changed } = scene;
  const all = new Map<string, Subscription>();

  const show = (subscription: Subscription): Hal => ({
    _links: { self: { href: `${base}/subscriptions/${subscription.id}` }, environment: { href: base } },
    environment: { id: environment },
    protocol: "HTTPS",
    ...subscription,
  });

  function put(id: string, body: unknown, created: string | undefined): Answer {
    const wanted = readSubscription(body);
    if (typeof wanted === "string")
      return answerProblem(400, { code: "INVALID_VALUE", target: wanted, message: `${wanted} is not valid` });
    const at = new Date(now()).toISOString();
    const subscription = { ...wanted, id, createdAt: created ?? at, updatedAt: at };
    all.set(id, subscription);
    changed();
    return { status: created === undefined ? 201 : 200, body: show(subscription) };
  }

  function create(body: unknown): Answer {
    if (all.size < most) return put(randomUUID(), body, undefined);
    const message = `There may be no more than ${most} subscriptions`;
    return answerProblem(403, { code: "LIMIT_EXCEEDED", target: "subscriptions", message });
  }

  function remove(id: string): Answer {
    all.delete(id);
    changed();
    return { status: 204, body: "" };
  }

  return {
    all,
    answer: ({ method, route, id, body }) => {
      if (route === "subscriptions" && method === "POST") return create(body);
      if (route === "subscriptions" && method === "GET") {
        const list = [...all.values()].map(show);
        return answerOk(showList(route, list, { self: `${base}/subscriptions`, count: list.length }));
      }
      const found = all.get(id);
      if (!found) return undefined;
      if (method === "GET") return answerOk(show(found));
      if (method === "PUT") return put(id, body, found.createdAt);
      return method === "DELETE" ? remove(id) : undefined;
    },
  };
}

type Wanted = Omit<Subscription, "id" | "createdAt" | "updatedAt">;

/** What a body asks for, or the name of the field that is wrong. */
function readSubscription(body: unknown): Wanted | string {
  const given = (typeof body === "object" && body !== null ? body : {}) as Partial<Wanted>;
  const wrong = Object.entries(checks).find(([, holds]) => !holds(given))?.[0];
  if (wrong !== undefined) return wrong;
  const { httpEndpoint, ...rest } = given as Wanted;
  return { ...rest, httpEndpoint: { url: httpEndpoint.url, headers: httpEndpoint.headers ?? {} } };
}

const checks: Record<string, (given: Partial<Wanted>) => boolean> = {
  name: ({ name }) => typeof name === "string" && name !== "",
  enabled: ({ enabled }) => typeof enabled === "boolean",
  format: ({ format }) => ["ACTIVITY", "SPLUNK", "NEWRELIC"].includes(format ?? ""),
  "httpEndpoint.url": ({ httpEndpoint }) => /^https:\/\//.test(httpEndpoint?.url ?? "") || isNear(httpEndpoint?.url),
  "httpEndpoint.headers": ({ httpEndpoint }) => areHeaders(httpEndpoint?.headers ?? {}),
  verifyTlsCertificates: ({ verifyTlsCertificates }) => typeof verifyTlsCertificates === "boolean",
  "filterOptions.includedActionTypes": ({ filterOptions }) => {
    const types = filterOptions?.includedActionTypes;
    return Array.isArray(types) && types.length > 0 && types.every((type) => /^[A-Z_]+\.[A-Z_]+$/.test(type));
  },
};

function areHeaders(headers: Record<string, string>): boolean {
  try {
    new Headers(headers);
    return true;
  } catch {
    return false;
  }
}

/** Whether an address is on this machine: the simulator sends nothing anywhere else. */
export function isNear(address: string | undefined): boolean {
  const { protocol, hostname } = URL.parse(address ?? "") ?? {};
  return (protocol === "http:" || protocol === "https:") && /^(localhost|127(\.\d+){3})$/.test(hostname ?? "");
}
