/** The subscriptions of the simulated PingOne: where it sends its events to, kept and answered as the API does. */

import { randomUUID } from "node:crypto";
import { type Answer, answerOk, fieldsOf } from "../shared/answers.ts";
import { answerProblem, type Hal, showList } from "./answers.ts";

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
  answer(call: SubscriptionCall): Answer | undefined;
}

interface SubscriptionCall {
  method: string;
  route: string;
  id: string;
  body: unknown;
}

interface Needs {
  /** The environment's address. */
  base: string;
  environment: string;
  now: () => number;
  /** Called after each change. */
  onChange: () => void;
}

interface State extends Needs {
  all: Map<string, Subscription>;
}

const MAX_SUBSCRIPTIONS = 50;

/** Creates an environment's subscriptions, of which there are none at first. */
export function createSubscriptions(needs: Needs): Subscriptions {
  const state: State = { ...needs, all: new Map() };
  return {
    all: state.all,
    answer: (call) => (call.route === "subscriptions" ? answerAll(state, call) : answerOne(state, call)),
  };
}

function answerAll(state: State, { method, route, body }: SubscriptionCall): Answer | undefined {
  if (method === "POST") return createSubscription(state, body);
  if (method !== "GET") return undefined;
  const list = [...state.all.values()].map((subscription) => showSubscription(state, subscription));
  return answerOk(showList(route, list, { self: `${state.base}/subscriptions`, count: list.length }));
}

function answerOne(state: State, { method, id, body }: SubscriptionCall): Answer | undefined {
  const found = state.all.get(id);
  if (!found) return undefined;
  if (method === "GET") return answerOk(showSubscription(state, found));
  if (method === "PUT") return storeSubscription(state, id, body, found.createdAt);
  return method === "DELETE" ? removeSubscription(state, id) : undefined;
}

function showSubscription({ base, environment }: State, subscription: Subscription): Hal {
  return {
    _links: { self: { href: `${base}/subscriptions/${subscription.id}` }, environment: { href: base } },
    environment: { id: environment },
    protocol: "HTTPS",
    ...subscription,
  };
}

function createSubscription(state: State, body: unknown): Answer {
  if (state.all.size < MAX_SUBSCRIPTIONS) return storeSubscription(state, randomUUID(), body, undefined);
  const message = `There may be no more than ${MAX_SUBSCRIPTIONS} subscriptions`;
  return answerProblem(403, { code: "LIMIT_EXCEEDED", target: "subscriptions", message });
}

function storeSubscription(state: State, id: string, body: unknown, createdAt: string | undefined): Answer {
  const wanted = readSubscription(body);
  if (typeof wanted === "string")
    return answerProblem(400, { code: "INVALID_VALUE", target: wanted, message: `${wanted} is not valid` });
  const now = new Date(state.now()).toISOString();
  const subscription = { ...wanted, id, createdAt: createdAt ?? now, updatedAt: now };
  state.all.set(id, subscription);
  state.onChange();
  return answerOk(showSubscription(state, subscription), createdAt === undefined ? 201 : 200);
}

function removeSubscription(state: State, id: string): Answer {
  state.all.delete(id);
  state.onChange();
  return { status: 204, body: "" };
}

type Wanted = Omit<Subscription, "id" | "createdAt" | "updatedAt">;

/** What a body asks for, or the name of the field that is wrong. */
function readSubscription(body: unknown): Wanted | string {
  const given = fieldsOf(body) as Partial<Wanted>;
  const wrong = Object.entries(checks).find(([, holds]) => !holds(given))?.[0];
  if (wrong !== undefined) return wrong;
  const { httpEndpoint, ...rest } = given as Wanted;
  return { ...rest, httpEndpoint: { url: httpEndpoint.url, headers: httpEndpoint.headers ?? {} } };
}

const checks: Record<string, (given: Partial<Wanted>) => boolean> = {
  name: ({ name }) => typeof name === "string" && name !== "",
  enabled: ({ enabled }) => typeof enabled === "boolean",
  format: ({ format }) => ["ACTIVITY", "SPLUNK", "NEWRELIC"].includes(format ?? ""),
  "httpEndpoint.url": ({ httpEndpoint }) =>
    /^https:\/\//.test(httpEndpoint?.url ?? "") || isLoopback(httpEndpoint?.url),
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

/** Whether an address is on this machine; the simulator sends nothing anywhere else. */
export function isLoopback(address: string | undefined): boolean {
  const { protocol, hostname } = URL.parse(address ?? "") ?? {};
  return (protocol === "http:" || protocol === "https:") && /^(localhost|127(\.\d+){3})$/.test(hostname ?? "");
}
