/** VMware Cloud Services' API over HTTP on loopback: principals with MFA, an organisation's users, and faults on demand. */

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { text as readText } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { type Call, type CallLog, keepCalls } from "../shared/calls.ts";
import { hangUp, listen, parseJson, runUntilTold, sendControl } from "../shared/server.ts";
import { sendAnswer } from "../shared/wire.ts";
import { openAccounts, type Principal, type PrincipalSeed, type User } from "./accounts.ts";
import { type Answer, answerProblem } from "./answers.ts";
import { control } from "./control.ts";
import { type Fault, type FaultBox, type Hits, keepFaults, replaceAnswer, spoilDocument } from "./faults.ts";
import { answerCall, findRoute, type Scene } from "./routes.ts";
import { keepTokens, type Tokens } from "./tokens.ts";
import { passcodeOf, stepAt } from "./totp.ts";

export interface VmwareSettings {
  /** Default: ops@example.com, whose MFA is off, break-glass@example.com, whose is on, and ci@example.com without a device. */
  principals?: PrincipalSeed[];
  /** Other users of the organisation; default 40. */
  users?: number;
  /** The same settings give the same accounts and credentials; default 1. */
  seed?: number;
  /** Default 0: any free one. */
  port?: number;
  /** The most users, or log lines, that one answer holds, whatever was asked for; default 128. */
  pageSize?: number;
  /** Milliseconds before each answer; default 0. */
  latency?: number;
  organization?: string;
  /** An API token that can only list users. */
  readerToken?: string;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** Seconds; default 1800. */
  tokenLifetime?: number;
  /** Called before each answer is computed, so that the world may change at a chosen moment. */
  before?: (call: Call) => void | Promise<void>;
}

/** A directory's secret, as the product reads it. */
export interface VmwareCredentials {
  principals: Record<string, { apiToken: string; password: string; totpSeed: string }>;
  reader: { apiToken: string };
}

export interface Vmware {
  /** What stands before `/csp/gateway`. */
  endpoints: { api: string };
  organization: string;
  credentials: VmwareCredentials;
  /** The last 200,000 calls at most. */
  calls: Call[];
  /** All calls, by "METHOD route". */
  counts(): Record<string, number>;
  fault(fault: Fault): void;
  /** Removes all faults. */
  heal(): void;
  principal(username: string): Principal;
  change(username: string, patch: Partial<Principal>): void;
  /** All of the organisation, principals among them. */
  members(): User[];
  join(username: string): User;
  leave(userId: string): void;
  /** What the account's authenticator app shows now, or `steps` later. */
  passcode(username: string, steps?: number): string;
  /** Ends every connection at once. */
  close(): Promise<void>;
}

interface World {
  settings: VmwareSettings;
  now: () => number;
  scene: Scene;
  tokens: Tokens;
  faults: FaultBox;
  log: CallLog;
  vmware: Vmware;
}

const usualPrincipals: PrincipalSeed[] = [
  { username: "ops@example.com" },
  { username: "break-glass@example.com", turnedOn: true },
  { username: "ci@example.com", activated: false, member: false },
];

/** Starts a simulated VMware Cloud Services and resolves when it listens. */
export async function startVmware(settings: VmwareSettings = {}): Promise<Vmware> {
  const { server, origin } = await listen(settings.port ?? 0);
  const world = buildWorld(settings, server, origin);
  server.on("request", (request, response) => void serve(world, request, response));
  return world.vmware;
}

function buildWorld(settings: VmwareSettings, server: Server, origin: string): World {
  const { seed = 1, users = 40, principals = usualPrincipals, now = Date.now, pageSize = 128 } = settings;
  const { organization = "5a1c0de0-1111-4222-8333-444455556666", readerToken = "simulated-reader-token" } = settings;
  const accounts = openAccounts({ seed, principals, users, now });
  const tokens = keepTokens({ accounts, readerToken, lifetime: settings.tokenLifetime ?? 1800, now });
  const faults = keepFaults();
  const log = keepCalls();
  const locate = (username: string): Principal => {
    const found = accounts.find(username);
    if (!found) throw new Error(`There is no principal ${username}`);
    return found;
  };
  const vmware: Vmware = {
    endpoints: { api: origin },
    organization,
    credentials: {
      principals: Object.fromEntries(
        accounts.principals.map(({ username, apiToken, password, totpSeed }) => [
          username,
          { apiToken, password, totpSeed },
        ]),
      ),
      reader: { apiToken: readerToken },
    },
    calls: log.calls,
    counts: log.counts,
    fault: faults.set,
    heal: faults.heal,
    principal: (username) => ({ ...locate(username) }),
    change: (username, patch) => void Object.assign(locate(username), patch),
    members: accounts.members,
    join: accounts.join,
    leave: accounts.leave,
    passcode: (username, steps = 0) => passcodeOf(locate(username).totpSeed, stepAt(now()) + steps),
    close: () => hangUp(server),
  };
  return { settings, now, scene: { organization, pageSize, accounts }, tokens, faults, log, vmware };
}

async function serve(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { settings, now, scene, tokens, vmware } = world;
  const method = request.method ?? "GET";
  const url = new URL(vmware.endpoints.api + request.url);
  const text = await readText(request).catch(() => undefined);
  if (text === undefined) return;
  if (url.pathname.startsWith("/_simulator/")) {
    sendControl(response, control(vmware, method, url, text));
    return;
  }

  const route = findRoute(url.pathname, scene.organization);
  const form = new URLSearchParams(route === "token" ? text : "");
  const accessToken = tokenOf(request);
  const user = tokens.nameOf(route === "token" ? (form.get("api_token") ?? "") : accessToken);
  const call = world.log.add({
    at: now(),
    method,
    path: url.pathname,
    query: url.search.slice(1),
    route,
    ...(user === undefined ? {} : { user }),
  });
  // Unreferenced, so that a long latency does not keep a test's process alive after `close`.
  if (settings.latency) await sleep(settings.latency, undefined, { ref: false });
  await settings.before?.(call);
  const hits = world.faults.take(call);
  if (hits.get("expire-token")) tokens.revoke();
  const answer = decideAnswer(world, { method, route, url, text, form, accessToken, hits });
  if (!hits.get("reset")) call.status = answer.status;
  sendAnswer(response, answer, hits.wire, now());
}

const tokenOf = ({ headers }: IncomingMessage): string | undefined =>
  [headers["csp-auth-token"]].flat()[0] ?? /^Bearer (.+)$/i.exec(headers.authorization ?? "")?.[1];

interface Arrival {
  method: string;
  route: string;
  url: URL;
  text: string;
  form: URLSearchParams;
  accessToken: string | undefined;
  hits: Hits;
}

function decideAnswer(world: World, arrival: Arrival): Answer {
  const answer = replaceAnswer(arrival.hits) ?? properAnswer(world, arrival);
  if (answer.status === 200 && typeof answer.body !== "string") spoilDocument(arrival.hits, answer.body);
  return answer;
}

function properAnswer({ scene, tokens }: World, arrival: Arrival): Answer {
  const { method, route, url, text, form, hits } = arrival;
  if (route === "token") {
    return method === "POST" ? tokens.exchange(form, hits.get("refuse-passcode") !== undefined) : answerProblem(404);
  }
  const holder = tokens.holder(arrival.accessToken);
  return holder ? answerCall(scene, { method, route, url, body: parseJson(text), holder, hits }) : answerProblem(401);
}

/** Runs a simulator until it is told to end, and says on one line of standard output where it is. */
async function runProcess(): Promise<void> {
  const { values } = parseArgs({
    options: {
      users: { type: "string", default: "40" },
      seed: { type: "string", default: "1" },
      port: { type: "string", default: "0" },
      "page-size": { type: "string", default: "128" },
      latency: { type: "string", default: "0" },
      organization: { type: "string" },
      "with-parent": { type: "boolean", default: false },
    },
  });
  const vmware = await startVmware({
    users: Number(values.users),
    seed: Number(values.seed),
    port: Number(values.port),
    pageSize: Number(values["page-size"]),
    latency: Number(values.latency),
    ...(values.organization === undefined ? {} : { organization: values.organization }),
  });
  const { endpoints, organization, credentials } = vmware;
  runUntilTold(
    { endpoints, organization, credentials, control: `${endpoints.api}/_simulator` },
    vmware.close,
    values["with-parent"],
  );
}

if (import.meta.main) await runProcess();
