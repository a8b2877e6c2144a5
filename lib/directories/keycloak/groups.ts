/** The groups of Keycloak's accounts: whoever is in a group is in every group above it. https://www.keycloak.org/docs/latest/server_admin/#assigning-permissions-using-roles-and-groups */

import * as v from "valibot";
import { type Collection, MAX_COLLECTIONS } from "../../model/index.ts";
import { ifPresent, nonEmptyText, textOrEmpty } from "../fields.ts";
import { ifFound } from "./accounts.ts";
import type { KeycloakApi } from "./api.ts";

const GROUP_PATH = "/groups/{id}";
const MEMBERSHIPS_PATH = "/users/{id}/groups";
const PAGE_SIZE = 500;
/** Keycloak sets no limit; a chain that is longer goes round in a circle. */
const MAX_DEPTH = 50;

const group = v.object({ id: nonEmptyText, parentId: ifPresent(v.string()) });
type Group = v.InferOutput<typeof group>;

/** Every group's parent, as far as it was read: accounts that are read together share it. */
export type GroupTree = Map<string, string | undefined>;

/** The ids of the account's groups, and of all groups above these. */
export async function readGroups(
  api: KeycloakApi,
  tree: GroupTree,
  id: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const direct = await readMemberships(api, id, signal);
  const chains = await Promise.all(direct.map((member) => chainOf(api, tree, member, signal)));
  return [...new Set(chains.flat())];
}

async function readMemberships(api: KeycloakApi, id: string, signal: AbortSignal): Promise<Group[]> {
  const found: Group[] = [];
  for (;;) {
    const query = { first: `${found.length}`, max: `${PAGE_SIZE}` };
    const { body } = await api.call({ path: MEMBERSHIPS_PATH, id, query, schema: v.array(group), signal });
    found.push(...body);
    if (body.length < PAGE_SIZE) return found;
  }
}

async function chainOf(
  api: KeycloakApi,
  tree: GroupTree,
  { id, parentId }: Group,
  signal: AbortSignal,
): Promise<string[]> {
  const chain = [id];
  for (let parent = parentId; parent !== undefined && chain.length < MAX_DEPTH; ) {
    chain.push(parent);
    parent = await parentOf(api, tree, parent, signal);
  }
  return chain;
}

async function parentOf(
  api: KeycloakApi,
  tree: GroupTree,
  id: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (tree.has(id)) return tree.get(id);
  const { parentId } = await readGroup(api, id, signal);
  tree.set(id, parentId);
  return parentId;
}

const readGroup = async (api: KeycloakApi, id: string, signal: AbortSignal): Promise<Group> =>
  (await api.call({ path: GROUP_PATH, id, schema: group, signal })).body;

const namedGroup = v.object({ id: nonEmptyText, name: textOrEmpty });

/** The groups on top: whoever is in a group below is in them, too. */
export async function listCollections(api: KeycloakApi, signal: AbortSignal): Promise<Collection[]> {
  const query = { first: "0", max: `${MAX_COLLECTIONS}` };
  const { body } = await api.call({ path: "/groups", query, schema: v.array(namedGroup), signal });
  return body.map(({ id, name }) => ({ kind: "group", id, name }));
}

/** Whether a group that a rule names is there. Populations there are none. */
export async function hasCollection(
  api: KeycloakApi,
  kind: "group" | "population",
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (kind === "population") return false;
  return (await ifFound(readGroup(api, id, signal))) !== undefined;
}
