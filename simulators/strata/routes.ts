/** The calls of the simulated Strata Cloud Manager's API, answered. */

import type { Answer } from "../shared/answers.ts";
import { answerOk, answerProblem, usualProblem } from "./answers.ts";
import { type Config, faultsOf, freshId, PLACES, type Profile, placeOf, shown } from "./config.ts";
import type { Hits } from "./faults.ts";
import type { Jobs } from "./jobs.ts";

export interface AuthenticationProfile {
  name: string;
  folder?: string;
  snippet?: string;
  device?: string;
  multi_factor_auth?: unknown;
}

export interface Scene {
  config: Config;
  jobs: Jobs;
  authenticationProfiles: AuthenticationProfile[];
  /** Folders show what is in these folders and snippets too. */
  inherited: string[];
  /** The most rows that one answer holds, whatever was asked for. */
  pageSize: number;
  /** Whoever holds the token. */
  admin: string;
  /** The stray `ping_org` is required. */
  needsPingOrg: boolean;
}

export interface Arrival {
  method: string;
  route: string;
  id: string;
  query: URLSearchParams;
  body: unknown;
  hits: Hits;
}

const CONFIG = "/config/identity/v1";
const OPERATIONS = "/config/operations/v1";
const routes: { route: string; pattern: RegExp }[] = [
  { route: "token", pattern: /^\/oauth2\/access_token$/ },
  { route: "servers", pattern: new RegExp(`^${CONFIG}/mfa-servers$`) },
  { route: "server", pattern: new RegExp(`^${CONFIG}/mfa-servers/([^/]+)$`) },
  { route: "uses", pattern: new RegExp(`^${CONFIG}/authentication-profiles$`) },
  { route: "push", pattern: new RegExp(`^${OPERATIONS}/config-versions/candidate:push$`) },
  { route: "candidate", pattern: new RegExp(`^${OPERATIONS}/config-versions/candidate$`) },
  { route: "jobs", pattern: new RegExp(`^${OPERATIONS}/jobs$`) },
  { route: "job", pattern: new RegExp(`^${OPERATIONS}/jobs/([^/]+)$`) },
];

export function findRoute(path: string): { route: string; id: string } {
  for (const { route, pattern } of routes) {
    const match = pattern.exec(path);
    if (match) return { route, id: decodeURIComponent(match[1] ?? "") };
  }
  return { route: "unknown", id: "" };
}

export function answerCall(scene: Scene, arrival: Arrival): Answer {
  const handler = handlers[`${arrival.method} ${arrival.route}`];
  return handler?.(scene, arrival) ?? usualProblem(arrival.route === "unknown" ? 404 : 501);
}

type Handler = (scene: Scene, arrival: Arrival) => Answer;

const handlers: Record<string, Handler> = {
  "GET servers": (scene, arrival) => {
    if (!["pre", "post"].includes(arrival.query.get("position") ?? ""))
      return answerProblem(400, "E003", "Missing Query Parameter: position");
    return listAt(scene, arrival, scene.config.candidate()) ?? usualProblem(400);
  },
  "GET uses": (scene, arrival) => listAt(scene, arrival, scene.authenticationProfiles) ?? usualProblem(400),
  "GET server": ({ config }, { id }) => {
    const found = config.find(id);
    return found ? answerOk(shown(found)) : usualProblem(404);
  },
  "POST servers": (scene, { body, hits }) => {
    const faults = faultsOf(body, scene.needsPingOrg);
    if (faults.length > 0) return invalid(faults);
    const profile = { ...(body as Omit<Profile, "id">), id: freshId() };
    if (scene.config.candidate().some((other) => other.name === profile.name && placeOf(other) === placeOf(profile)))
      return answerProblem(409, "E006", "Name Not Unique");
    if (!hits.get("lost-update")) scene.config.put(profile, scene.admin);
    return answerOk(shown(profile), 201);
  },
  "PUT server": (scene, { id, body, hits }) => {
    if (!scene.config.find(id)) return usualProblem(404);
    const faults = faultsOf(body, scene.needsPingOrg);
    if (faults.length > 0) return invalid(faults);
    const profile = { ...(body as Omit<Profile, "id">), id };
    if (!hits.get("lost-update")) scene.config.put(profile, scene.admin);
    return answerOk(shown(profile));
  },
  "POST push": (scene, { body }) => {
    const { folders, admin, description } = (body ?? {}) as {
      folders?: string[];
      admin?: string[];
      description?: string;
    };
    if (!Array.isArray(folders) || folders.length === 0) return invalid(["folders"]);
    // The vendor's words for it: with the folder All, no administrators may be named.
    if (folders.includes("All") && admin) return invalid(["admin"]);
    const run = () => scene.config.push(folders, admin);
    const id = scene.jobs.start(scene.admin, String(description ?? ""), run);
    return answerOk({ success: true, job_id: id, message: "CommitAndPush job enqueued" }, 201);
  },
  "GET job": ({ jobs }, { id }) => {
    const job = jobs.look(id);
    return job ? answerOk({ data: [job] }) : usualProblem(404);
  },
  "GET jobs": (scene, { query, hits }) => pageOf(scene, query, hits, scene.jobs.all()),
  "DELETE candidate": () => answerOk({}),
};

const invalid = (faults: string[]) =>
  answerProblem(400, "API_I00035", "Invalid Request Payload", { errorType: "Invalid Object", message: faults });

/** What is at the location that the query names, and what it inherits; nothing without exactly one location. */
function listAt<T extends { folder?: string; snippet?: string; device?: string; name: string }>(
  scene: Scene,
  { query, hits }: Arrival,
  all: T[],
): Answer | undefined {
  const places = PLACES.filter((place) => query.has(place));
  const [place] = places;
  if (places.length !== 1 || !place) return undefined;
  const asked = query.get(place);
  const here = all.filter(
    (one) => one[place] === asked || (place === "folder" && scene.inherited.includes(placeOf(one))),
  );
  const rows = here.map((one) => ("mfa_cert_profile" in one ? shown(one as unknown as Profile) : { ...one }));
  const named = query.get("name");
  return pageOf(scene, query, hits, named === null ? rows : rows.filter((row) => row.name === named));
}

function pageOf({ pageSize }: Scene, query: URLSearchParams, hits: Hits, rows: Record<string, unknown>[]): Answer {
  const asked = Number(query.get("limit") ?? 200);
  const limit = hits.get("ignore-limit") ? rows.length : Math.min(asked, pageSize);
  const offset = hits.get("ignore-offset") ? 0 : Number(query.get("offset") ?? 0);
  return answerOk({ data: rows.slice(offset, offset + limit), offset, limit, total: rows.length });
}
