/** The subscriptions of the simulated PingOne: where it sends its events to, kept and answered as the API does. */

import { randomUUID } from "node:crypto";
import { type Answer, answerOk } from "../shared/answers.ts";
import { answerProblem, type Hal, showList } from "./answers.ts";
import { readSubscription, type Subscription } from "./subscription-fields.ts";

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
