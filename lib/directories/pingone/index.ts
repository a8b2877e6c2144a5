/** PingOne: users by the platform API, MFA switched on by `PUT …/mfaEnabled`. https://developer.pingidentity.com/pingone-api */

import * as v from "valibot";
import { mapConcurrently } from "../../concurrency.ts";
import { type Code, retryable, WardenError } from "../../errors.ts";
import { type ApiResponse, clientCredentials, httpClient } from "../../http/index.ts";
import {
  type Device,
  type Directory,
  type DoctorCheck,
  type Fact,
  knownFact,
  type Page,
  type Subject,
  unknownFact,
} from "../../model/index.ts";
import { defineVendor, endpoint, type Opened, secretExtras, trimSlash } from "../vendor.ts";
import type { Ask } from "./api.ts";
import { hooks } from "./events.ts";
import {
  deviceList,
  deviceOf,
  explain,
  factOf,
  flag,
  identifier,
  ids,
  type List,
  mfaSwitch,
  names,
  populationList,
  same,
  subjectOf,
  user,
  userList,
} from "./schema.ts";
import { subscribe } from "./subscription.ts";

const ROLE = "the role Identity Data Admin";
/** Calls at once for facts that cost a call per subject. */
const AT_ONCE = 8;
const MAX_SKEW_MS = 5 * 60_000;

const settings = v.strictObject({
  environment: v.pipe(v.string(), v.uuid()),
  region: v.picklist(["com", "eu", "ca", "asia", "com.au", "sg"]),
  /** What stands before `/environments/…` and before `/{environment}/as/token`: a simulator or a proxy. */
  endpoints: v.optional(v.strictObject({ api: endpoint, auth: endpoint })),
});

const text = v.pipe(v.string(), v.minLength(1));
const secret = v.strictObject({ clientId: text, clientSecret: text, ...secretExtras });

export const pingone = defineVendor({ settings, secret, open, hooks });

const ENVIRONMENT = "/environments/{env}";
const USERS = "/environments/{env}/users";
const USER = "/environments/{env}/users/{id}";
const DEVICES = "/environments/{env}/users/{id}/devices";
const SWITCH = "/environments/{env}/users/{id}/mfaEnabled";
const POPULATIONS = "/environments/{env}/populations";

function open(needs: Opened<v.InferOutput<typeof settings>, v.InferOutput<typeof secret>>): Directory {
  const { clock, settings, secret } = needs;
  const { environment, region } = settings;
  const own = { api: `https://api.pingone.${region}`, auth: `https://auth.pingone.${region}` };
  const api = trimSlash(settings.endpoints?.api ?? `${own.api}/v1`);
  const auth = trimSlash(settings.endpoints?.auth ?? own.auth);
  const http = httpClient({
    directory: needs.id,
    fetch: needs.fetch,
    clock,
    origins: [own.api, own.auth, ...(secret.origins ?? []).map(trimSlash)],
    advice: { ERR_VENDOR_DENIED: `does not allow this; give the worker application ${ROLE}` },
    explain,
  });
  const { clientId, clientSecret } = secret;
  const token = clientCredentials({
    http,
    clock,
    clientId,
    clientSecret,
    url: `${auth}/${environment}/as/token`,
    path: "/{env}/as/token",
  });

  function address(path: string, id = "", query: Readonly<Record<string, string>> = {}): string {
    if (path.includes("{id}") && !v.is(identifier, id)) {
      throw http.fault(
        "ERR_VENDOR_NOT_FOUND",
        { method: "GET", path },
        "has no such id, since PingOne's ids are UUIDs",
      );
    }
    const search = new URLSearchParams(query).toString();
    return `${api}${path.replace("{env}", environment).replace("{id}", id)}${search && `?${search}`}`;
  }

  async function send<S extends v.GenericSchema>(ask: Ask<S>, body?: string): Promise<ApiResponse<v.InferOutput<S>>> {
    const { path, schema, signal, url = address(path, ask.id, ask.query) } = ask;
    const method = ask.method ?? (body === undefined ? "GET" : "PUT");
    if (URL.parse(url)?.origin !== new URL(api).origin) {
      throw http.fault(
        "ERR_VENDOR_ORIGIN",
        { method, path },
        "linked to another host for its next page, which was not called",
      );
    }
    const call = (bearer: string) => {
      const headers = {
        authorization: `Bearer ${bearer}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      };
      return http.call({
        method,
        url,
        path,
        headers,
        schema,
        signal,
        idempotent: method !== "POST",
        ...(body === undefined ? {} : { body }),
      });
    };
    const bearer = await token.bearer(signal);
    try {
      return await call(bearer);
    } catch (error) {
      if (!has(error, "ERR_VENDOR_AUTH")) throw error;
      token.drop(bearer);
      return call(await token.bearer(signal));
    }
  }

  async function* pages<S extends v.GenericSchema<unknown, List>>(ask: Ask<S>): AsyncGenerator<v.InferOutput<S>> {
    const seen = new Set<string>();
    let url: string | undefined = address(ask.path, ask.id, ask.query);
    while (url !== undefined) {
      if (seen.has(url))
        throw http.fault("ERR_READ_LOOP", { method: "GET", path: ask.path }, "gave the same page twice");
      seen.add(url);
      const { body }: ApiResponse<v.InferOutput<S>> = await send({ ...ask, url });
      yield body;
      url = body._links.next?.href;
    }
  }

  async function page(cursor: string | undefined, signal: AbortSignal): Promise<Page> {
    const url = cursor ?? address(USERS, undefined, { limit: "1000" });
    const { body, date } = await send({ path: USERS, url, schema: userList, signal });
    return {
      subjects: body._embedded.users.map(subjectOf),
      ...(body._links.next === undefined ? {} : { next: body._links.next.href }),
      ...(body.count === undefined ? {} : { claimed: body.count }),
      ...(date === undefined ? {} : { date }),
    };
  }

  async function total(signal: AbortSignal): Promise<number> {
    const counts: number[] = [];
    for await (const { _embedded } of pages({ path: POPULATIONS, schema: populationList, signal })) {
      counts.push(..._embedded.populations.map(({ userCount }) => userCount));
    }
    // Every environment has a population; a list without any counts nothing.
    if (counts.length > 0) return counts.reduce((sum, count) => sum + count, 0);
    throw http.fault(
      "ERR_VENDOR_FORMAT",
      { method: "GET", path: POPULATIONS },
      "listed no population; it proves nothing",
    );
  }

  async function readUser(id: string, signal: AbortSignal): Promise<{ subject: Subject; groups: Fact<string[]> }> {
    const { body } = await send({ path: USER, id, query: { include: "memberOfGroupIDs" }, schema: user, signal });
    if (!same(body.id, id))
      throw http.fault("ERR_VENDOR_FORMAT", { method: "GET", path: USER }, "answered about another account");
    return { subject: subjectOf(body), groups: factOf(ids, body.memberOfGroupIDs, "memberOfGroupIDs") };
  }

  async function readSwitch(id: string, signal: AbortSignal): Promise<Fact<boolean>> {
    const { body } = await send({ path: SWITCH, id, schema: mfaSwitch, signal });
    const href = body._links?.user?.href;
    if (href !== undefined && !names(href, id))
      return unknownFact("PingOne answered about another account's mfaEnabled");
    return factOf(flag, body.mfaEnabled, "mfaEnabled");
  }

  async function readDevices(id: string, signal: AbortSignal): Promise<Device[]> {
    const devices: Device[] = [];
    for await (const { _embedded } of pages({ path: DEVICES, id, schema: deviceList, signal })) {
      devices.push(..._embedded.devices.map(deviceOf));
    }
    return devices;
  }

  async function read(id: string, signal: AbortSignal): Promise<Subject | undefined> {
    const [found, enabled] = await Promise.all([ifThere(readUser(id, signal)), ifThere(readSwitch(id, signal))]);
    if (!found) return undefined;
    const { subject, groups } = found;
    return {
      ...subject,
      facts: { ...subject.facts, groups, enabled: enabled ?? unknownFact("PingOne has no mfaEnabled of this user") },
    };
  }

  const complete: Directory["complete"] = (subjects, wanted, signal) => {
    const learn = learner();
    return mapConcurrently(subjects, AT_ONCE, async (subject) => {
      const { id, facts } = subject;
      const [devices, groups] = await Promise.all([
        wanted.includes("devices") ? learn(readDevices(id, signal).then(knownFact)) : facts.devices,
        wanted.includes("groups") ? learn(readUser(id, signal).then((found) => found.groups)) : facts.groups,
      ]);
      return { ...subject, facts: { ...facts, devices, groups } };
    });
  };

  async function find(username: string, signal: AbortSignal): Promise<string | undefined> {
    const filter = `username eq "${username.replace(/["\\]/g, "\\$&")}"`;
    const { body } = await send({ path: USERS, query: { filter }, schema: userList, signal });
    const hits = body._embedded.users.filter((hit) => hit.username === username);
    return hits.length === 1 ? hits[0]?.id : undefined;
  }

  async function exists(kind: "group" | "population", id: string, signal: AbortSignal): Promise<boolean> {
    const path = `/environments/{env}/${kind}s/{id}`;
    const found = async () => send({ path, id, schema: v.object({ id: v.string() }), signal });
    return (await ifThere(found())) !== undefined;
  }

  async function enforce({ id }: Subject, signal: AbortSignal): Promise<"sent"> {
    const { body } = await send({ path: SWITCH, id, schema: mfaSwitch, signal }, '{"mfaEnabled":true}');
    const href = body._links?.user?.href;
    const wrong = (sentence: string) => http.fault("ERR_VENDOR_FORMAT", { method: "PUT", path: SWITCH }, sentence);
    if (href === undefined || !names(href, id))
      throw wrong("took the change but did not name the account it was asked for; look at both");
    if (body.mfaEnabled !== true)
      throw wrong("took the change but did not say that mfaEnabled is true; look at the account");
    return "sent";
  }

  async function reach(signal: AbortSignal): Promise<void> {
    const call = { method: "GET", url: address(ENVIRONMENT), path: ENVIRONMENT, schema: v.unknown(), signal } as const;
    // Without a credential any refusal is an answer too.
    await http.call(call).catch((error: unknown) => {
      if (!has(error, "ERR_VENDOR_AUTH", "ERR_VENDOR_DENIED", "ERR_VENDOR_NOT_FOUND")) throw error;
    });
  }

  async function check(signal: AbortSignal): Promise<DoctorCheck[]> {
    const reached = await probe("reach", `${api} answers.`, () => reach(signal));
    if (reached.result !== "passed") return [reached];
    const access = await probe("token", "The client gets an access token.", () => token.bearer(signal));
    if (access.result !== "passed") return [reached, access];
    let date: string | undefined;
    const [users, populations] = await Promise.all([
      probe("read users", "Users can be listed.", async () => {
        ({ date } = await send({ path: USERS, query: { limit: "1" }, schema: userList, signal }));
      }),
      probe("read populations", "A sweep can confirm the total.", () => total(signal)),
    ]);
    return [reached, access, users, populations, WRITE_CHECK, checkClock(users, date, clock())];
  }

  return {
    vendor: "pingone",
    tenant: environment,
    api,
    secretVersion: needs.secretVersion,
    scopes: token.scopes,
    page,
    total,
    complete,
    read,
    find,
    exists,
    enforce,
    check,
    hooks: subscribe({ directory: needs.id, send, pages, fault: http.fault }),
  };
}

/** Nobody's account is changed to find out. */
const WRITE_CHECK: DoctorCheck = {
  name: "switch MFA on",
  result: "cannot be tested",
  detail: `Only changing somebody's mfaEnabled would show it; the worker application needs ${ROLE}.`,
};

async function probe(name: string, passed: string, work: () => Promise<unknown>): Promise<DoctorCheck> {
  try {
    await work();
    return { name, result: "passed", detail: passed };
  } catch (error) {
    if (!(error instanceof WardenError) || error.code === "ERR_ABORTED") throw error;
    return { name, result: "failed", detail: `${error.code}: ${error.message}` };
  }
}

function checkClock(users: DoctorCheck, date: string | undefined, now: number): DoctorCheck {
  const name = "clock";
  if (users.result !== "passed")
    return { name, result: "cannot be tested", detail: "Not seen, since users could not be read." };
  if (date === undefined) return { name, result: "cannot be tested", detail: "The answer had no Date header." };
  const apart = Math.round(Math.abs(Date.parse(date) - now) / 1000);
  if (apart * 1000 <= MAX_SKEW_MS)
    return { name, result: "passed", detail: `PingOne's clock and ours are ${apart} s apart.` };
  return { name, result: "failed", detail: `PingOne's clock and ours are ${apart} s apart; set this machine's clock.` };
}

const has = (error: unknown, ...codes: Code[]): error is WardenError =>
  error instanceof WardenError && codes.includes(error.code);

async function ifThere<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (has(error, "ERR_VENDOR_NOT_FOUND")) return undefined;
    throw error;
  }
}

const FATAL: readonly Code[] = ["ERR_VENDOR_AUTH", "ERR_ABORTED"];

/** So many subjects may each exhaust their retries; after that the vendor is down, and asking on would only take hours. */
const MOST_FAULTS = 16;

/** One subject's trouble leaves its fact unknown; a refused credential, a vendor that is down or an end to it all stops everything. */
function learner() {
  let faults = 0;
  return async <T>(work: Promise<Fact<T>>): Promise<Fact<T>> => {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof WardenError) || FATAL.includes(error.code)) throw error;
      if (retryable(error)) faults += 1;
      if (faults > MOST_FAULTS) throw error;
      return unknownFact(`${error.code}: ${error.message}`);
    }
  };
}
