/** Whose factors may have changed since they were read, by the System Log. https://developer.okta.com/docs/reference/api/event-types/ */

import * as v from "valibot";
import { type Cache, cacheUntil } from "../../concurrency.ts";
import { hasCode } from "../../errors.ts";
import type { FactReuse, LoggedChanges } from "../../model/index.ts";
import { textOrEmpty, timestamp } from "../fields.ts";
import type { OktaApi } from "./api.ts";
import { LOG_PATH } from "./log.ts";
import { maxAgeMs, oktaId } from "./settings.ts";

/** About one person, whom each names. */
const OF_ONE = [
  "user.mfa.factor.activate",
  "user.mfa.factor.deactivate",
  "user.mfa.factor.reset_all",
  "user.mfa.factor.suspend",
  "user.mfa.factor.unsuspend",
  "user.mfa.factor.update",
  "user.lifecycle.activate",
  "user.lifecycle.deactivate",
  "user.lifecycle.reactivate",
  "device.user.remove",
  "group.user_membership.add",
  "group.user_membership.remove",
];

/** What decides which factors Okta shows of anybody; and of a device that is gone, its factors go with it, though nobody is named. */
const OF_ALL = [
  "device.lifecycle.deactivate",
  "device.lifecycle.suspend",
  "group.lifecycle.delete",
  "policy.lifecycle.activate",
  "policy.lifecycle.create",
  "policy.lifecycle.deactivate",
  "policy.lifecycle.delete",
  "policy.lifecycle.update",
  "policy.rule.activate",
  "policy.rule.add",
  "policy.rule.deactivate",
  "policy.rule.delete",
  "policy.rule.update",
  "security.authenticator.lifecycle.activate",
  "security.authenticator.lifecycle.deactivate",
  "security.authenticator.lifecycle.update",
  "system.mfa.factor.activate",
  "system.mfa.factor.deactivate",
  "zone.activate",
  "zone.create",
  "zone.deactivate",
  "zone.delete",
  "zone.update",
];

const FILTER = [...OF_ONE, ...OF_ALL].map((type) => `eventType eq "${type}"`).join(" or ");
const PAGE_SIZE = 1_000;
/** With more changes than that, to ask for everybody is not much more. */
const MAX_PAGES = 20;
const KEPT_MS = 5 * 60_000;

const line = v.object({ published: timestamp, eventType: textOrEmpty, target: v.fallback(v.array(v.unknown()), []) });
const lines = v.array(line);
const target = v.object({ type: textOrEmpty, id: textOrEmpty });

/** `undefined` where the policy wants everybody to be asked each time. */
export function factorReuse(api: OktaApi): FactReuse | undefined {
  const maxMs = maxAgeMs(api.settings.factorsMaxAge);
  if (maxMs === 0) return undefined;
  let from = new Date(0);
  const cache: Cache<LoggedChanges | undefined> = cacheUntil(api.clock, async (signal) => {
    const until = api.clock() + KEPT_MS;
    return { value: await readChanges(api, from, signal), until };
  });
  return {
    facts: ["devices", "groups"],
    maxAgeMs: maxMs,
    // Of pages that are read one after the other, the first asks for the most.
    changedSince: (wanted, signal) => {
      from = wanted;
      return cache.get(signal);
    },
  };
}

const TOLERATED = ["ERR_VENDOR_DENIED", "ERR_VENDOR_NOT_FOUND", "ERR_VENDOR_REJECTED", "ERR_VENDOR_FORMAT"] as const;

/** `undefined`: the log cannot be read, or says too much. */
async function readChanges(api: OktaApi, from: Date, signal: AbortSignal): Promise<LoggedChanges | undefined> {
  const query = {
    since: from.toISOString(),
    // Without it, the last page would link to what is yet to come.
    until: new Date(api.clock()).toISOString(),
    filter: FILTER,
    limit: `${PAGE_SIZE}`,
  };
  const read = [];
  let pages = 0;
  try {
    for await (const page of api.pages({ path: LOG_PATH, query, schema: lines, signal })) {
      read.push(...page);
      pages += 1;
      if (page.length === 0) break;
      if (pages >= MAX_PAGES) return undefined;
    }
    return changesIn(read);
  } catch (error) {
    if (hasCode(error, ...TOLERATED)) return undefined;
    throw error;
  }
}

/** A line about one person that names nobody whose id can be read is about anybody. */
function changesIn(read: v.InferOutput<typeof lines>): LoggedChanges {
  const bySubject = new Map<string, number>();
  let ofAll: number | undefined;
  for (const { published, eventType, target: targets } of read) {
    const at = Date.parse(published);
    const people = OF_ONE.includes(eventType) ? peopleIn(targets) : [];
    for (const id of people) bySubject.set(id, Math.max(at, bySubject.get(id) ?? 0));
    if (people.length === 0) ofAll = Math.max(at, ofAll ?? 0);
  }
  return ofAll === undefined ? { bySubject } : { bySubject, ofAll };
}

function peopleIn(targets: readonly unknown[]): string[] {
  const people = targets.flatMap((value) => {
    const read = v.safeParse(target, value);
    return read.success && read.output.type === "User" ? [read.output.id] : [];
  });
  return people.every((id) => v.is(oktaId, id)) ? people : [];
}
