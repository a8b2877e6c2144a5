/** The groups that rules may name. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Group */

import { type Collection, MAX_COLLECTIONS } from "../../model/index.ts";
import type { OktaApi } from "./api.ts";
import { GROUP_PATH } from "./protection.ts";
import { group, groupList } from "./schema.ts";
import { ifFound } from "./users.ts";

export async function listCollections(api: OktaApi, signal: AbortSignal): Promise<Collection[]> {
  const query = { limit: `${MAX_COLLECTIONS}` };
  const { body } = await api.call({ path: "/api/v1/groups", query, schema: groupList, signal });
  return body.slice(0, MAX_COLLECTIONS).map(({ id, profile }) => ({ kind: "group", id, name: profile.name }));
}

/** Whether a group that a rule names is there. Populations there are none. */
export async function hasCollection(
  api: OktaApi,
  kind: "group" | "population",
  id: string,
  signal: AbortSignal,
): Promise<boolean> {
  if (kind === "population") return false;
  return (await ifFound(api.call({ path: GROUP_PATH, id, schema: group, signal }))) !== undefined;
}
