/** PingOne's API over HTTP on loopback: seeded people, bearer tokens, cursors, and faults on demand. */

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { text as readText } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Answer } from "../shared/answers.ts";
import { type Call, type CallLog, keepCalls } from "../shared/calls.ts";
import { type Credentials, keepTokens, type Tokens } from "../shared/client-tokens.ts";
import { hangUp, listen, parseJson, runUntilTold, sendControl } from "../shared/server.ts";
import { sendAnswer } from "../shared/wire.ts";
import { answerProblem } from "./answers.ts";
import { control } from "./control.ts";
import { type Courier, type Delivery, openCourier } from "./deliveries.ts";
import { type Directory, openDirectory, type Patch } from "./directory.ts";
import { type Fault, type FaultBox, type Hits, keepFaults, replaceAnswer, spoilDocument } from "./faults.ts";
import { type Named, seedPeople, type User } from "./people.ts";
import { answerCall, findRoute, type Scene } from "./routes.ts";
import { keepSubscriptions, type Subscription } from "./subscriptions.ts";

export interface PingOneSettings {
  /** How many people there are at first, 10 to 1,000,000. */
  accounts: number;
  /** The same seed and number give the same people; default 1. */
  seed?: number;
  /** Default 0: any free one. */
  port?: number;
  /** The most users that one answer holds, whatever was asked for; default 1000. */
  pageSize?: number;
  /** Milliseconds before each answer; default 0. */
  latency?: number;
  environment?: string;
  clientId?: string;
  clientSecret?: string;
  /** Milliseconds since 1970; also where the dates of people count from, by the day. */
  now?: () => number;
  /** The share of people whose MFA is switched on, 0 to 1; default 0.9. */
  mfaEnabledShare?: number;
  /** Seconds; default 3600. */
  tokenLifetime?: number;
  /** Called before each answer is computed, so that the world may change at a chosen moment. */
  before?: (call: Call) => void | Promise<void>;
}

export interface PingOne {
  /** `api` stands before `/environments/…`, `auth` before `/{environment}/as/token`. */
  endpoints: { api: string; auth: string };
  environment: string;
  credentials: Credentials;
  /** The last 200,000 calls at most. */
  calls: Call[];
  /** All calls, by "METHOD route". */
  counts(): Record<string, number>;
  populations: Named[];
  groups: Named[];
  fault(fault: Fault): void;
  /** Removes all faults. */
  heal(): void;
  account(index: number): User;
  find(id: string): User | undefined;
  change(id: string, patch: Patch): void;
  join(patch?: Patch): User;
  leave(id: string): void;
  /** As they are now. */
  subscriptions(): Subscription[];
  /** The last 10,000 POSTs of events at most. */
  deliveries: Delivery[];
  /** Resolves when every event that can be sent has arrived. */
  settled(): Promise<void>;
  /** Ends every connection at once, and sends no more events. */
  close(): Promise<void>;
}

interface World {
  settings: PingOneSettings;
  scene: Scene;
  tokens: Tokens;
  faults: FaultBox;
  log: CallLog;
  pingone: PingOne;
}

/** Starts a simulated PingOne and resolves when it listens. */
export async function startPingOne(settings: PingOneSettings): Promise<PingOne> {
  const { server, origin } = await listen(settings.port ?? 0);
  const world = buildWorld(settings, server, origin);
  server.on("request", (request, response) => void serve(world, request, response));
  return world.pingone;
}

function buildWorld(settings: PingOneSettings, server: Server, origin: string): World {
  const { seed = 1, now = Date.now, mfaEnabledShare = 0.9, tokenLifetime = 3600, pageSize = 1000 } = settings;
  const { environment = "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6" } = settings;
  const { clientId = "6b1a9f4c-2d1e-4c58-9a57-0c3c5c0f8e21", clientSecret = "simulated-secret" } = settings;
  const faults = keepFaults();
  const people = seedPeople({ seed, now: now(), mfaEnabledShare });
  const accounts = openDirectory({ accounts: settings.accounts, people, now, missing: faults.missing });
  const { populations, groups } = people;
  const base = `${origin}/v1/environments/${environment}`;
  const subscriptions = keepSubscriptions({ base, environment, now, changed: () => courier.wake() });
  const courier = openCourier({
    subscriptions: () => subscriptions.all,
    base,
    environment,
    show: accounts.show,
    faults: faults.takeBatch,
    now,
  });
  const directory = watch(accounts, courier);
  const scene: Scene = { base, environment, pageSize, directory, populations, groups, subscriptions, now };
  const log = keepCalls();
  const credentials = { clientId, clientSecret };
  const pingone: PingOne = {
    endpoints: { api: `${origin}/v1`, auth: origin },
    environment,
    credentials,
    calls: log.calls,
    counts: log.counts,
    populations,
    groups,
    fault: faults.set,
    heal: faults.heal,
    ...openAccounts(scene),
    subscriptions: () => [...subscriptions.all.values()],
    deliveries: courier.deliveries,
    settled: courier.settled,
    close: () => {
      courier.close();
      return hangUp(server);
    },
  };
  return { settings, scene, tokens: keepTokens(credentials, tokenLifetime, now), faults, log, pingone };
}

/** The same directory, which tells the courier of what changes. */
function watch(directory: Directory, { announce }: Courier): Directory {
  return {
    ...directory,
    change: (index, patch) => {
      directory.change(index, patch);
      announce("USER.UPDATED", index);
    },
    switchLate: (index, mfaEnabled, visibleAt) => {
      directory.switchLate(index, mfaEnabled, visibleAt);
      announce("USER.UPDATED", index);
    },
    join: (patch) => {
      const index = directory.join(patch);
      announce("USER.CREATED", index);
      return index;
    },
    leave: (index) => {
      directory.leave(index);
      announce("USER.DELETED", index);
    },
  };
}

function openAccounts({ directory }: Scene): Pick<PingOne, "account" | "find" | "change" | "join" | "leave"> {
  function locate(id: string): number {
    const index = directory.find(id);
    if (index === undefined) throw new Error(`There is no user ${id}`);
    return index;
  }
  return {
    account: directory.user,
    find: (id) => {
      const index = directory.find(id);
      return index === undefined ? undefined : directory.user(index);
    },
    change: (id, patch) => directory.change(locate(id), patch),
    join: (patch = {}) => directory.user(directory.join(patch)),
    leave: (id) => directory.leave(locate(id)),
  };
}

async function serve(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { scene, settings, pingone } = world;
  const method = request.method ?? "GET";
  const url = new URL(pingone.endpoints.auth + request.url);
  const text = await readText(request).catch(() => undefined);
  if (text === undefined) return;
  if (url.pathname.startsWith("/_simulator/")) {
    sendControl(response, control(pingone, method, url, text));
    return;
  }

  const target = findRoute(url.pathname, scene.environment);
  const body = parseJson(text);
  const call = world.log.add({
    at: scene.now(),
    method,
    path: url.pathname,
    query: url.search.slice(1),
    route: target.route,
    ...(target.user === undefined ? {} : { user: target.user }),
    ...(method === "PUT" && target.user !== undefined ? { body } : {}),
  });
  // Unreferenced, so that a long latency does not keep a test's process alive after `close`.
  if (settings.latency) await sleep(settings.latency, undefined, { ref: false });
  await settings.before?.(call);
  const hits = world.faults.take(call);
  if (hits.get("expire-token")) world.tokens.revoke();
  const answer = decideAnswer(world, { ...target, method, url, text, body, hits }, request.headers.authorization);
  if (!hits.get("reset")) call.status = answer.status;
  sendAnswer(response, answer, hits, scene.now());
}

interface Arrival {
  method: string;
  route: string;
  id: string;
  url: URL;
  text: string;
  body: unknown;
  hits: Hits;
}

function decideAnswer(world: World, arrival: Arrival, authorization: string | undefined): Answer {
  const answer = replaceAnswer(arrival.hits, arrival.route) ?? properAnswer(world, arrival, authorization);
  if (answer.status === 200 && typeof answer.body !== "string") spoilDocument(arrival.hits, answer.body);
  return answer;
}

function properAnswer(world: World, arrival: Arrival, authorization: string | undefined): Answer {
  if (arrival.route === "token" && arrival.method === "POST") {
    return world.tokens.issue(authorization, new URLSearchParams(arrival.text));
  }
  return world.tokens.valid(authorization) ? answerCall(world.scene, arrival) : answerProblem(401);
}

/** Runs a simulator until it is told to end, and says on one line of standard output where it is. */
async function runProcess(): Promise<void> {
  const { values } = parseArgs({
    options: {
      accounts: { type: "string" },
      seed: { type: "string", default: "1" },
      port: { type: "string", default: "0" },
      "page-size": { type: "string", default: "1000" },
      latency: { type: "string", default: "0" },
      share: { type: "string", default: "0.9" },
      environment: { type: "string" },
      "with-parent": { type: "boolean", default: false },
    },
  });
  const pingone = await startPingOne({
    accounts: Number(values.accounts ?? 1000),
    seed: Number(values.seed),
    port: Number(values.port),
    pageSize: Number(values["page-size"]),
    latency: Number(values.latency),
    mfaEnabledShare: Number(values.share),
    ...(values.environment === undefined ? {} : { environment: values.environment }),
  });
  const { endpoints, environment, credentials } = pingone;
  runUntilTold(
    { endpoints, environment, credentials, control: `${endpoints.auth}/_simulator` },
    pingone.close,
    values["with-parent"],
  );
}

if (import.meta.main) await runProcess();
