/** Strata Cloud Manager's API over HTTP on loopback: a candidate and a running configuration, pushes, and faults on demand. */

import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { text as readText } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import type { Answer } from "../shared/answers.ts";
import { type Call, keepCalls } from "../shared/calls.ts";
import { type Credentials, keepTokens, type Tokens } from "../shared/client-tokens.ts";
import { hangUp, listen, parseJson, runUntilTold, sendControl } from "../shared/server.ts";
import { sendAnswer } from "../shared/wire.ts";
import { answerProblem, usualProblem } from "./answers.ts";
import { type Config, openConfig, type Profile } from "./config.ts";
import { control } from "./control.ts";
import { type Fault, type FaultBox, keepFaults, replaceAnswer, spoilDocument } from "./faults.ts";
import { type Course, keepJobs } from "./jobs.ts";
import { type AuthenticationProfile, answerCall, findRoute, type Scene } from "./routes.ts";
import { profileOf, type Wish, wishFor } from "./seed.ts";
import { answerVendor, type VendorKeys } from "./vendors.ts";

export interface StrataSettings {
  /** How many profiles there are at first; default 4, one of each kind. An authentication profile names all of them. */
  profiles?: number;
  /** Default 0: any free port. */
  port?: number;
  /** The most rows that one answer holds, whatever was asked for; default 200. */
  pageSize?: number;
  /** Milliseconds before each answer; default 0. */
  latency?: number;
  /** Where the profiles are; default the folder "Mobile Users". */
  location?: { folder: string } | { snippet: string } | { device: string };
  tenant?: string;
  clientId?: string;
  clientSecret?: string;
  /** What the vendors behind the profiles accept. */
  keys?: Partial<VendorKeys>;
  /** Whether the hosts of the profiles are the vendors' own; default true. */
  realHosts?: boolean;
  now?: () => number;
  /** Seconds; default 900. */
  tokenLifetime?: number;
  /** The stray `ping_org` of the vendor's document is required; default false. */
  needsPingOrg?: boolean;
  /** Called before each answer is computed, so that the world may change at a chosen moment. */
  before?: (call: Call) => void | Promise<void>;
}

export interface Strata {
  endpoints: { api: string; operations: string; auth: string };
  /** Stands before `/<host>/<path>` of a vendor behind a profile. */
  vendors: string;
  tenant: string;
  location: { folder?: string; snippet?: string; device?: string };
  credentials: Credentials;
  /** The profiles that there are at first, and further ones that there could be, as a policy names them. */
  wish(n: number): Wish;
  /** The last 200,000 calls at most; a call that changes something has its body, without the secrets. */
  calls: Call[];
  counts(): Record<string, number>;
  /** With their secrets. */
  candidate(): Profile[];
  running(): Profile[];
  pending: Config["pending"];
  /** Changes the candidate, as another administrator would; a profile of this name is made where there is none. */
  edit(name: string, patch: Partial<Profile>, admin?: string): void;
  remove(name: string, admin?: string): void;
  authenticationProfiles: AuthenticationProfile[];
  /** Folders and snippets whose profiles a folder's listing shows too. */
  inherited: string[];
  /** How pushes go from now on. */
  course(course: Partial<Course>): void;
  keys: VendorKeys;
  fault(fault: Fault): void;
  heal(): void;
  close(): Promise<void>;
}

/** Somebody in the console. */
const COLLEAGUE = "colleague@example.com";

interface World {
  settings: StrataSettings;
  scene: Scene;
  tokens: Tokens;
  faults: FaultBox;
  log: ReturnType<typeof keepCalls>;
  strata: Strata;
  origin: string;
  now: () => number;
}

/** Starts a simulated tenant and resolves when it listens. */
export async function startStrata(settings: StrataSettings = {}): Promise<Strata> {
  const { server, origin } = await listen(settings.port ?? 0);
  const world = buildWorld(settings, server, origin);
  server.on("request", (request, response) => void serve(world, request, response));
  return world.strata;
}

const usualKeys: VendorKeys = {
  okta_token: "simulated-okta-token",
  ping_use_base64_key: Buffer.from("simulated-pingid-key").toString("base64"),
  ping_token: "simulated-ping-token",
  ping_org_alias: "simulated-org-alias",
  rsa_accesskey: "simulated-rsa-key",
  duo_integration_key: "DISIMULATED000000000",
  duo_secret_key: "simulated-duo-secret-key",
};

function buildWorld(settings: StrataSettings, server: Server, origin: string): World {
  const { profiles = 4, now = Date.now, tokenLifetime = 900, pageSize = 200, realHosts = true } = settings;
  const { location = { folder: "Mobile Users" }, needsPingOrg = false, tenant = "1234567890" } = settings;
  const { clientId = `warden@${tenant}.iam.panserviceaccount.com`, clientSecret = "simulated-secret" } = settings;
  const keys = { ...usualKeys, ...settings.keys };
  const config = openConfig();
  const jobs = keepJobs();
  const wish = (n: number) => wishFor(n, keys, realHosts);
  const seeds = Array.from({ length: profiles }, (_, n) => profileOf(wish(n), location));
  for (const seed of seeds) config.put(seed, COLLEAGUE);
  config.push(Object.values(location), undefined);
  const authenticationProfiles: AuthenticationProfile[] = [
    { name: "staff", ...location, multi_factor_auth: { mfa_enable: true, factors: seeds.map(({ name }) => name) } },
  ];
  const inherited: string[] = [];
  const scene: Scene = { config, jobs, authenticationProfiles, inherited, pageSize, admin: clientId, needsPingOrg };
  const faults = keepFaults();
  const log = keepCalls();
  const credentials = { clientId, clientSecret };
  const named = (name: string) => config.candidate().find((profile) => profile.name === name);
  const strata: Strata = {
    endpoints: { api: `${origin}/config/identity/v1`, operations: `${origin}/config/operations/v1`, auth: origin },
    vendors: `${origin}/_vendors`,
    ...{ tenant, location, credentials, wish, calls: log.calls, counts: log.counts },
    ...{ candidate: config.candidate, running: config.running, pending: config.pending },
    edit: (name, patch, admin = COLLEAGUE) => {
      const base = named(name) ?? { ...profileOf({ ...wish(0), name }, location) };
      config.put({ ...base, ...patch }, admin);
    },
    remove: (name, admin = COLLEAGUE) => config.remove(named(name)?.id ?? "", admin),
    ...{ authenticationProfiles, inherited, course: jobs.set, keys, fault: faults.set, heal: faults.heal },
    close: () => hangUp(server),
  };
  return { settings, scene, tokens: keepTokens(credentials, tokenLifetime, now), faults, log, strata, origin, now };
}

async function serve(world: World, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { settings, strata, tokens, now } = world;
  const method = request.method ?? "GET";
  const url = new URL(world.origin + request.url);
  const text = await readText(request).catch(() => undefined);
  if (text === undefined) return;
  if (url.pathname.startsWith("/_simulator/")) return sendControl(response, control(strata, method, url, text));

  const [, vendorHost] = /^\/_vendors\/([^/]+)\//.exec(url.pathname) ?? [];
  const target = vendorHost === undefined ? findRoute(url.pathname) : { route: "vendor", id: vendorHost };
  const body = parseJson(text);
  const { path, query } = { path: url.pathname, query: url.search.slice(1) };
  const writes = method !== "GET" && ["servers", "server", "push"].includes(target.route);
  const call = world.log.add({
    ...{ at: now(), method, path, query, route: target.route },
    ...(writes ? { body: withoutSecrets(body) } : {}),
  });
  if (settings.latency) await sleep(settings.latency, undefined, { ref: false });
  await settings.before?.(call);
  const hits = world.faults.take(call);
  if (hits.get("expire-token")) tokens.revoke();
  const proper = (): Answer => {
    if (vendorHost !== undefined)
      return answerVendor(strata.keys, {
        ...{ method, host: vendorHost, path: path.slice(`/_vendors/${vendorHost}`.length) },
        ...{ headers: request.headers, text, now: now() },
      });
    if (target.route === "token") return issue(world, request.headers.authorization, text);
    if (!tokens.valid(request.headers.authorization)) return usualProblem(401);
    return answerCall(world.scene, { ...target, method, query: url.searchParams, body, hits });
  };
  const answer = replaceAnswer(hits) ?? proper();
  if (answer.status < 300 && typeof answer.body !== "string") spoilDocument(hits, answer.body);
  if (!hits.get("reset")) call.status = answer.status;
  sendAnswer(
    response,
    { ...answer, headers: { "content-type": "application/json", ...answer.headers } },
    hits.wire,
    now(),
  );
}

function issue({ tokens, strata }: World, authorization: string | undefined, text: string): Answer {
  const form = new URLSearchParams(text);
  if (form.get("scope") !== `tsg_id:${strata.tenant}`) return answerProblem(400, "invalid_scope", "Unknown scope");
  return tokens.issue(authorization, form);
}

const SECRETS = /(token|key)$/;

function withoutSecrets(body: unknown): unknown {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [key, SECRETS.test(key) ? "…" : withoutSecrets(value)]),
  );
}

/** Runs a simulator until it is told to end, and says on one line of standard output where it is. */
async function runProcess(): Promise<void> {
  const { values } = parseArgs({
    options: {
      profiles: { type: "string", default: "4" },
      port: { type: "string", default: "0" },
      "page-size": { type: "string", default: "200" },
      latency: { type: "string", default: "0" },
      tenant: { type: "string" },
      "with-parent": { type: "boolean", default: false },
    },
  });
  const strata = await startStrata({
    profiles: Number(values.profiles),
    port: Number(values.port),
    pageSize: Number(values["page-size"]),
    latency: Number(values.latency),
    ...(values.tenant === undefined ? {} : { tenant: values.tenant }),
  });
  const { endpoints, tenant, location, credentials } = strata;
  const wishes = Array.from({ length: Number(values.profiles) + 1 }, (_, n) => strata.wish(n));
  const place = `${endpoints.auth}/_simulator`;
  runUntilTold(
    { endpoints, tenant, location, credentials, wishes, control: place },
    strata.close,
    values["with-parent"],
  );
}

if (import.meta.main) await runProcess();
