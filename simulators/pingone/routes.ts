/** The addresses of the simulated PingOne, and what is answered at each when nothing is wrong with it. */

import type { Answer, Hal } from "../shared/answers.ts";
import {
  answerOk,
  answerProblem,
  showDevices,
  showList,
  showNamed,
  showSwitch,
  showUser,
  writeUser,
  writeUsers,
} from "./answers.ts";
import type { Directory, Filter, Page } from "./directory.ts";
import type { Hits } from "./faults.ts";
import type { Named } from "./people.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** What all answers draw upon. `base` is the environment's address, without a slash at its end. */
export interface Scene {
  base: string;
  environment: string;
  pageSize: number;
  directory: Directory;
  populations: Named[];
  groups: Named[];
  subscriptions: Subscriptions;
  now: () => number;
}

/** One call that has been let in. `id` is the last id in its path. */
interface Ask {
  method: string;
  route: string;
  id: string;
  url: URL;
  body: unknown;
  hits: Hits;
}

type Handler = (scene: Scene, ask: Ask) => Answer;

const paths: [route: string, path: RegExp][] = [
  ["environment", /^$/],
  ["users", /^\/users$/],
  ["user", /^\/users\/([^/]+)$/],
  ["mfaEnabled", /^\/users\/([^/]+)\/mfaEnabled$/],
  ["devices", /^\/users\/([^/]+)\/devices$/],
  ["populations", /^\/populations$/],
  ["population", /^\/populations\/([^/]+)$/],
  ["groups", /^\/groups$/],
  ["group", /^\/groups\/([^/]+)$/],
  ["subscriptions", /^\/subscriptions$/],
  ["subscription", /^\/subscriptions\/([^/]+)$/],
];

const userRoutes = new Set(["user", "mfaEnabled", "devices"]);

/** Names the route of a path; "unknown" when there is none, or when it is about another environment. */
export function findRoute(pathname: string, environment: string): { route: string; id: string; user?: string } {
  if (pathname === `/${environment}/as/token`) return { route: "token", id: "" };
  const prefix = `/v1/environments/${environment}`;
  const rest = pathname.startsWith(prefix) ? pathname.slice(prefix.length) : "/unknown";
  const [route, path] = paths.find(([, path]) => path.test(rest)) ?? ["unknown", /^/];
  const id = path.exec(rest)?.[1] ?? "";
  return userRoutes.has(route) ? { route, id, user: id } : { route, id };
}

const handlers: Record<string, Handler> = {
  "GET environment": ({ base, environment }) =>
    answerOk({ _links: { self: { href: base } }, id: environment, name: "Simulated", type: "SANDBOX" }),
  "GET users": listUsers,
  "GET user": readUser,
  "PUT user": updateUser,
  "PATCH user": updateUser,
  "GET mfaEnabled": readSwitch,
  "PUT mfaEnabled": changeSwitch,
  "GET devices": readDevices,
  "GET populations": (scene, ask) => listNamed(scene, ask, scene.populations, showPopulation),
  "GET population": (scene, ask) => readNamed(scene, ask, scene.populations, showPopulation),
  "GET groups": (scene, ask) => listNamed(scene, ask, scene.groups, showGroup),
  "GET group": (scene, ask) => readNamed(scene, ask, scene.groups, showGroup),
};

/** Answers a call as the vendor would, but for the faults that change how pages are cut and what a change does. */
export function answerCall(scene: Scene, ask: Ask): Answer {
  const handle = ask.route.startsWith("subscription")
    ? scene.subscriptions.answer(ask)
    : handlers[`${ask.method} ${ask.route}`]?.(scene, ask);
  return handle ?? answerProblem(404);
}

function listUsers(scene: Scene, ask: Ask): Answer {
  const wanted = readPaging(ask, scene.pageSize);
  const filter = readFilter(ask.url.searchParams.get("filter"));
  if (!wanted || !filter) return refuse(wanted ? "filter" : "limit", "INVALID_VALUE", "is not valid");
  const page = cutPage(scene.directory, wanted, filter, ask.hits);
  const people = page.indexes.map(scene.directory.show);
  const count = ask.hits.get("empty") ? 0 : scene.directory.count(filter);
  const links = { ...pageLinks(ask.url, page.after), count };
  // Faults spoil documents, so text will do only where there are none.
  if (ask.hits.all.length > 0) {
    return answerOk(
      showList(
        "users",
        people.map((person) => showUser(scene.base, scene.environment, person)),
        links,
      ),
    );
  }
  const users = people.map((person) => writeUser(scene.base, scene.environment, person));
  return { status: 200, body: writeUsers(users, links) };
}

function cutPage(
  directory: Directory,
  { after, limit }: { after: number; limit: number },
  filter: Filter,
  hits: Hits,
): Page {
  if (hits.get("empty")) return { indexes: [] };
  const size = Math.min(limit, hits.get("short-page")?.size ?? limit);
  const page = directory.page(after, size, filter);
  if (hits.get("lost-page"))
    return page.after === undefined ? { indexes: [] } : directory.page(page.after, size, filter);
  if (hits.get("duplicate-page") && after >= 0) return { ...page, indexes: directory.before(after, size, filter) };
  if (hits.get("duplicate-user")) return { ...page, indexes: [...directory.before(after, 1, filter), ...page.indexes] };
  return page;
}

function readPaging(ask: Ask, pageSize: number): { after: number; limit: number } | undefined {
  const limit = Number(ask.url.searchParams.get("limit") ?? pageSize);
  const after = readCursor(ask.url.searchParams.get("cursor"));
  if (!Number.isInteger(limit) || limit < 1 || after === undefined) return undefined;
  return { after, limit: Math.min(limit, pageSize) };
}

function pageLinks(url: URL, after: number | undefined): { self: string; next?: string } {
  if (after === undefined) return { self: url.href };
  const next = new URL(url);
  next.searchParams.set("cursor", Buffer.from(`after ${after}`).toString("base64url"));
  return { self: url.href, next: next.href };
}

function readCursor(cursor: string | null): number | undefined {
  if (cursor === null) return -1;
  const digits = /^after (\d+)$/.exec(Buffer.from(cursor, "base64url").toString())?.[1];
  return digits === undefined ? undefined : Number(digits);
}

const filters: [field: keyof Filter, pattern: RegExp][] = [
  ["population", /^population\.id eq "([^"]+)"$/i],
  ["group", /^memberOfGroups\[id eq "([^"]+)"\]$/i],
  ["username", /^username eq "([^"]+)"$/i],
];

function readFilter(text: string | null): Filter | undefined {
  if (text === null) return {};
  const [field, pattern] = filters.find(([, pattern]) => pattern.test(text.trim())) ?? [];
  const value = pattern?.exec(text.trim())?.[1];
  return field && value !== undefined ? { [field]: value } : undefined;
}

function readUser(scene: Scene, ask: Ask): Answer {
  const index = scene.directory.find(ask.id);
  if (index === undefined) return answerProblem(404);
  const withGroups = (ask.url.searchParams.get("include") ?? "").split(",").includes("memberOfGroupIDs");
  return answerOk(showUser(scene.base, scene.environment, scene.directory.show(index), withGroups));
}

function updateUser(scene: Scene, ask: Ask): Answer {
  const index = scene.directory.find(ask.id);
  if (index === undefined) return answerProblem(404);
  const { mfaEnabled, enabled, username } = fieldsOf(ask.body);
  if (mfaEnabled !== undefined && mfaEnabled !== scene.directory.show(index).mfaEnabled) {
    return refuse("mfaEnabled", "INVALID_VALUE", "can only be changed by its own operation");
  }
  scene.directory.change(index, {
    ...(typeof enabled === "boolean" ? { enabled } : {}),
    ...(typeof username === "string" ? { username } : {}),
  });
  return readUser(scene, ask);
}

function readSwitch(scene: Scene, ask: Ask): Answer {
  const index = scene.directory.find(ask.id);
  if (index === undefined) return answerProblem(404);
  return answerOk(showSwitch(scene.base, ask.id, scene.directory.show(index).mfaEnabled));
}

function changeSwitch(scene: Scene, ask: Ask): Answer {
  const index = scene.directory.find(ask.id);
  if (index === undefined) return answerProblem(404);
  const { mfaEnabled, ...others } = fieldsOf(ask.body);
  if (typeof mfaEnabled !== "boolean") return refuse("mfaEnabled", "REQUIRED_VALUE", "must be true or false");
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) return refuse(stranger, "INVALID_VALUE", "is not known here");
  const late = ask.hits.get("late-effect");
  if (late) scene.directory.switchLate(index, mfaEnabled, scene.now() + late.seconds * 1000);
  else if (!ask.hits.get("no-effect")) scene.directory.change(index, { mfaEnabled });
  return answerOk(showSwitch(scene.base, ask.id, mfaEnabled));
}

function readDevices(scene: Scene, ask: Ask): Answer {
  const index = scene.directory.find(ask.id);
  if (index === undefined) return answerProblem(404);
  const user = scene.directory.user(index);
  return answerOk(showDevices(scene.base, scene.environment, ask.hits.get("empty") ? { ...user, devices: [] } : user));
}

type Show = (scene: Scene, named: Named) => Hal;

function showPopulation(scene: Scene, population: Named): Hal {
  const userCount = scene.directory.count({ population: population.id });
  return showNamed(scene.base, scene.environment, "populations", population, { userCount });
}

function showGroup(scene: Scene, group: Named): Hal {
  return showNamed(scene.base, scene.environment, "groups", group);
}

function listNamed(scene: Scene, ask: Ask, all: Named[], show: Show): Answer {
  const wanted = readPaging(ask, 1000);
  if (!wanted) return refuse("limit", "INVALID_VALUE", "is not valid");
  const end = wanted.after + 1 + wanted.limit;
  const some = ask.hits.get("empty") ? [] : all.slice(wanted.after + 1, end);
  const after = end < all.length && some.length > 0 ? end - 1 : undefined;
  const items = some.map((named) => show(scene, named));
  return answerOk(showList(ask.route, items, { ...pageLinks(ask.url, after), count: all.length }));
}

function readNamed(scene: Scene, ask: Ask, all: Named[], show: Show): Answer {
  const named = all.find(({ id }) => id === ask.id);
  return named ? answerOk(show(scene, named)) : answerProblem(404);
}

function refuse(target: string, code: string, message: string): Answer {
  return answerProblem(400, { code, target, message: `${target} ${message}` });
}

function fieldsOf(body: unknown): Record<string, unknown> {
  return typeof body === "object" && body !== null && !Array.isArray(body) ? { ...body } : {};
}
