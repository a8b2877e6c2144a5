/** How much of the environment a worker application may see: by its own role assignments. https://developer.pingidentity.com/pingone-api/platform/applications/application-role-assignments.html */

import * as v from "valibot";
import { mapConcurrently } from "../../concurrency.ts";
import { hasCode } from "../../errors.ts";
import type { Coverage } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import { nonEmptyText, textOrEmpty } from "../fields.ts";
import type { PingOneApi } from "./api.ts";
import { isSameId, linkedList } from "./schema.ts";

const ASSIGNMENTS_PATH = "/environments/{env}/applications/{id}/roleAssignments";
const ROLE_PATH = "/roles/{id}";
const MAX_CONCURRENT_ROLES = 4;

const assignment = v.object({
  role: v.object({ id: nonEmptyText }),
  scope: v.object({ id: textOrEmpty, type: textOrEmpty }),
});
const assignmentList = linkedList({ roleAssignments: v.array(assignment) });
const role = v.object({ name: textOrEmpty });

/** Every documented role that shows users, and every one that shows none. Of a custom one nobody knows. */
const ROLES_WITH_USERS = ["Identity Data Admin", "Identity Data Read Only", "Help Desk Admin"];
const ROLES_WITHOUT_USERS = [
  "Advanced Identity Cloud Super Admin",
  "Advanced Identity Cloud Tenant Admin",
  "Application Owner",
  "Authorize Gateway Policy Evaluator",
  "Client Application Developer",
  "Configuration Read Only",
  "Custom Roles Admin",
  "DaVinci Admin",
  "DaVinci Admin Read Only",
  "Environment Admin",
  "Organization Admin",
  "PingFederate Administrator",
  "PingFederate Auditor",
  "PingFederate Crypto Administrator",
  "PingFederate Expression Administrator",
  "PingFederate User Administrator",
];

interface Assignment {
  readonly role: string;
  /** `undefined`: nobody knows. */
  readonly showsUsers: boolean | undefined;
  readonly type: string;
  readonly scopeId: string;
}

export async function readCoverage(api: PingOneApi, signal: AbortSignal): Promise<Coverage> {
  try {
    return coverageOf(await readAssignments(api, signal), api.environment);
  } catch (error) {
    if (!hasCode(error, "ERR_VENDOR_DENIED", "ERR_VENDOR_NOT_FOUND", "ERR_VENDOR_FORMAT")) throw error;
    return { extent: "unknown", why: describeError(error) };
  }
}

async function readAssignments(api: PingOneApi, signal: AbortSignal): Promise<Assignment[]> {
  const found: v.InferOutput<typeof assignment>[] = [];
  const request = { path: ASSIGNMENTS_PATH, id: api.application, schema: assignmentList, signal };
  for await (const { _embedded } of api.pages(request)) found.push(..._embedded.roleAssignments);
  const ids = [...new Set(found.map(({ role }) => role.id))];
  const names = await mapConcurrently(ids, MAX_CONCURRENT_ROLES, (id) => readRoleName(api, id, signal));
  const nameById = new Map(ids.map((id, index) => [id, names[index] ?? id]));
  return found.map(({ role: { id }, scope }) => {
    const name = nameById.get(id) ?? id;
    return { role: name, showsUsers: showsUsers(name), type: scope.type, scopeId: scope.id };
  });
}

function showsUsers(role: string): boolean | undefined {
  if (ROLES_WITH_USERS.includes(role)) return true;
  return ROLES_WITHOUT_USERS.includes(role) ? false : undefined;
}

/** The id in place of a name that may not be read. */
async function readRoleName(api: PingOneApi, id: string, signal: AbortSignal): Promise<string> {
  try {
    const { body } = await api.call({ path: ROLE_PATH, id, schema: role, signal });
    return body.name;
  } catch (error) {
    if (hasCode(error, "ERR_VENDOR_DENIED", "ERR_VENDOR_NOT_FOUND")) return id;
    throw error;
  }
}

/** Every documented type of scope, and whether it holds a whole environment; APPLICATION holds no users. */
const IS_WIDE_BY_TYPE = new Map([
  ["ORGANIZATION", true],
  ["ENVIRONMENT", true],
  ["POPULATION", false],
  ["APPLICATION", false],
]);

function coverageOf(assignments: readonly Assignment[], environment: string): Coverage {
  const relevant = assignments.filter(({ showsUsers }) => showsUsers !== false);
  const here = relevant.filter(({ type, scopeId }) => type !== "ENVIRONMENT" || isSameId(scopeId, environment));
  const isWide = ({ type }: Assignment) => IS_WIDE_BY_TYPE.get(type);
  if (here.some((one) => one.showsUsers && isWide(one))) return { extent: "whole" };
  const unclear = here.find((one) => isWide(one) !== false);
  if (unclear) return { extent: "unknown", why: unclearText(unclear) };
  const populations = here.filter(({ type }) => type === "POPULATION").map(({ scopeId }) => `population ${scopeId}`);
  if (populations.length > 0) return { extent: "limited", limitedTo: [...new Set(populations)].toSorted() };
  return { extent: "unknown", why: "none of its role assignments shows users" };
}

const unclearText = ({ role, type }: Assignment): string =>
  IS_WIDE_BY_TYPE.has(type)
    ? `this version does not know whether its role "${printable(role)}" shows users`
    : `this version does not know the scope ${printable(type)} of its role "${printable(role)}"`;

/** From outside: nothing that could break a line. */
const printable = (text: string) => text.replace(/[^\w .-]/g, "?").slice(0, 60);
