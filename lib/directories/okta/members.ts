/** Who is in the enrolment group: listed once for everybody. */

import { type Cache, cacheUntil } from "../../concurrency.ts";
import { hasCode } from "../../errors.ts";
import { type Fact, knownFact, unknownFact } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import type { OktaApi } from "./api.ts";
import { idList } from "./schema.ts";

const MEMBERS_PATH = "/api/v1/groups/{id}/users";
export const MEMBER_PATH = "/api/v1/groups/{id}/users/{other}";
/** As many as Okta gives unasked; with the 200 that it recommends, a large group would take longer than a page may. */
const PAGE_SIZE = 1_000;
/** A change that somebody else makes shows in a listing after so long. */
const KEPT_MS = 10 * 60_000;

type Members = Fact<ReadonlySet<string>>;

export interface MemberSource extends Pick<Cache<Members>, "get"> {
  /** After a change of ours. */
  forget(): void;
}

export function memberSource(api: OktaApi): MemberSource {
  let last: Members | undefined;
  const cache = cacheUntil<Members>(api.clock, async (signal) => {
    last = await readMembers(api, signal);
    return { value: last, until: api.clock() + KEPT_MS };
  });
  return {
    get: cache.get,
    forget: () => last && cache.drop(last),
  };
}

async function readMembers(api: OktaApi, signal: AbortSignal): Promise<Members> {
  const { enrolmentGroup: id } = api.settings;
  const query = { limit: `${PAGE_SIZE}` };
  const members = new Set<string>();
  try {
    for await (const page of api.pages({ path: MEMBERS_PATH, id, query, schema: idList, signal }))
      for (const member of page) members.add(member.id);
    return knownFact(members);
  } catch (error) {
    if (!hasCode(error, "ERR_VENDOR_DENIED", "ERR_VENDOR_NOT_FOUND")) throw error;
    return unknownFact(`who is in the enrolment group cannot be read (${describeError(error)})`);
  }
}
