/** Whether an account may sign in without its second factor. https://developer.pingidentity.com/pingone-api/mfa/users/users-1/mfa-bypass-for-user.html */

import * as v from "valibot";
import { type Fact, knownFact, type MfaBypass, unknownFact } from "../../model/index.ts";
import { ifPresent, timestamp } from "../fields.ts";
import type { PingOneApi } from "./api.ts";
import { isLinkTo, userLink } from "./schema.ts";

const BYPASS_PATH = "/environments/{env}/users/{id}/bypassMFA";

/** Both are absent where there is no bypass. */
const mfaBypass = v.object({
  canBypassMFA: ifPresent(v.unknown()),
  bypassMFAEnabledUntil: ifPresent(v.unknown()),
  _links: userLink,
});

/** Unknown if the answer is about another account, or makes no sense. */
export async function readBypass(api: PingOneApi, id: string, signal: AbortSignal): Promise<Fact<MfaBypass>> {
  const { body } = await api.call({ path: BYPASS_PATH, id, schema: mfaBypass, signal });
  const link = body._links?.user?.href;
  if (link !== undefined && !isLinkTo(link, id))
    return unknownFact("PingOne answered about another account's bypassMFA");
  return bypassOf(body, api.clock());
}

/** @param now epoch ms: a bypass that has ended is none, whatever the answer calls it */
function bypassOf(
  { canBypassMFA, bypassMFAEnabledUntil: until }: v.InferOutput<typeof mfaBypass>,
  now: number,
): Fact<MfaBypass> {
  if (canBypassMFA === false || (canBypassMFA === undefined && until === undefined))
    return knownFact({ active: false });
  if (until !== undefined && !v.is(timestamp, until)) return unreadable("bypassMFAEnabledUntil");
  if (until !== undefined && Date.parse(until) <= now) return knownFact({ active: false });
  if (canBypassMFA !== true && canBypassMFA !== undefined) return unreadable("canBypassMFA");
  return knownFact(until === undefined ? { active: true } : { active: true, until });
}

const unreadable = (field: string) => unknownFact(`PingOne answered without a readable ${field}`);
