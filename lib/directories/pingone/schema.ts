/** What PingOne answers, and how it reads as subjects, devices and error details. */

import * as v from "valibot";
import {
  type Device,
  type Fact,
  type FailedCall,
  knownFact,
  NOT_ASKED,
  type Subject,
  unknownFact,
} from "../../model/index.ts";

const text = v.pipe(v.string(), v.minLength(1));
/** Ids go into paths, so nothing else may pass for one. */
export const identifier = v.pipe(v.string(), v.regex(/^[0-9a-f-]{36}$/i));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const link = v.object({ href: v.string() });
const maybe = v.optional(v.unknown());

/** What all lists share. */
export interface List {
  readonly _links: { readonly next?: { readonly href: string } | undefined };
}

/** Every list has `_links`; only the last page has no `next` there. */
const list = <E extends v.ObjectEntries>(embedded: E) =>
  v.object({ _links: v.object({ next: v.optional(link) }), count: v.optional(count), _embedded: v.object(embedded) });

export const user = v.object({
  id: identifier,
  username: text,
  enabled: maybe,
  mfaEnabled: maybe,
  population: maybe,
  createdAt: maybe,
  memberOfGroupIDs: maybe,
});
const device = v.object({
  type: v.string(),
  status: v.picklist(["ACTIVE", "ACTIVATION_REQUIRED"]),
  block: v.optional(v.object({ status: v.picklist(["BLOCKED", "UNBLOCKED"]) })),
  lock: v.optional(v.object({ status: v.picklist(["LOCKED", "UNLOCKED"]) })),
});
export const userList = list({ users: v.array(user) });
export const populationList = list({ populations: v.array(v.object({ userCount: count })) });
export const deviceList = list({ devices: v.array(device) });
export const mfaSwitch = v.object({ mfaEnabled: maybe, _links: v.optional(v.object({ user: v.optional(link) })) });

const problem = v.object({
  id: v.fallback(v.string(), ""),
  code: v.fallback(v.string(), ""),
  details: v.fallback(v.array(v.object({ code: v.fallback(v.string(), ""), target: v.fallback(v.string(), "") })), []),
});

export function explain(body: unknown): Pick<FailedCall, "vendorCode" | "requestId" | "targets"> {
  const { success, output } = v.safeParse(problem, body);
  if (!success) return {};
  const targets = output.details.map(({ code, target }) => `${code} ${target}`.trim());
  return { vendorCode: output.code, requestId: output.id, targets };
}

const METHODS = new Map<string, Device["method"]>([
  ["SMS", "sms"],
  ["VOICE", "voice"],
  ["EMAIL", "email"],
  ["TOTP", "totp"],
  ["OATH_TOKEN", "totp"],
  ["MOBILE", "push"],
  ["FIDO2", "fido2"],
  ["PLATFORM", "fido2"],
  ["SECURITY_KEY", "fido2"],
]);

export const deviceOf = ({ type, status, block, lock }: v.InferOutput<typeof device>): Device => ({
  method: METHODS.get(type) ?? "unknown",
  usable: status === "ACTIVE" && block?.status !== "BLOCKED" && lock?.status !== "LOCKED",
});

export const flag = v.boolean();
const named = v.object({ id: text });
export const ids = v.array(text);
const time = v.pipe(
  v.string(),
  v.isoTimestamp(),
  v.check((at) => !Number.isNaN(Date.parse(at))),
);

/** A field that is missing or of another kind is not known: it never counts as false. */
export function factOf<S extends v.GenericSchema>(schema: S, value: unknown, field: string): Fact<v.InferOutput<S>> {
  const { success, output } = v.safeParse(schema, value);
  return success ? knownFact(output) : unknownFact(`PingOne answered without a readable ${field}`);
}

/**
 * Who it is must be readable, or the whole answer is refused; anything else only becomes an unknown fact. `enabled`
 * alone says whether somebody can sign in: a locked account unlocks by itself.
 */
export function subjectOf(found: v.InferOutput<typeof user>): Subject {
  const population = factOf(named, found.population, "population");
  return {
    id: found.id,
    username: found.username,
    facts: {
      active: factOf(flag, found.enabled, "enabled"),
      enabled: factOf(flag, found.mfaEnabled, "mfaEnabled"),
      devices: NOT_ASKED,
      population: population.known ? knownFact(population.value.id) : population,
      groups: NOT_ASKED,
      createdAt: factOf(time, found.createdAt, "createdAt"),
    },
  };
}

/** Ids are hexadecimal, and their case is nobody's to rely on. */
export const same = (id: string, other: string): boolean => id.toLowerCase() === other.toLowerCase();

/** @param href an account's own address, which ends in its id */
export const names = (href: string, id: string): boolean => same(href.slice(href.lastIndexOf("/") + 1), id);
