/** PingOne's populations and groups, for a person to choose from. https://developer.pingidentity.com/pingone-api/platform/groups.html */

import * as v from "valibot";
import { type Collection, MAX_COLLECTIONS, omitUndefined } from "../../model/index.ts";
import { textOrEmpty, uuid } from "../fields.ts";
import type { PingOneApi } from "./api.ts";
import { linkedList, optionalCount } from "./schema.ts";

const named = v.array(v.object({ id: uuid, name: textOrEmpty, userCount: optionalCount }));
const list = linkedList({ populations: v.optional(named, []), groups: v.optional(named, []) });

/** The first of each kind. */
export async function listCollections(api: PingOneApi, signal: AbortSignal): Promise<Collection[]> {
  const kinds = await Promise.all([readKind(api, "population", signal), readKind(api, "group", signal)]);
  return kinds.flat();
}

async function readKind(api: PingOneApi, kind: Collection["kind"], signal: AbortSignal): Promise<Collection[]> {
  const found: Collection[] = [];
  for await (const { _embedded } of api.pages({ path: `/environments/{env}/${kind}s`, schema: list, signal })) {
    for (const { id, name, userCount } of [..._embedded.populations, ..._embedded.groups])
      found.push(omitUndefined({ kind, id, name, accounts: userCount }));
    if (found.length >= MAX_COLLECTIONS) break;
  }
  return found.slice(0, MAX_COLLECTIONS);
}
