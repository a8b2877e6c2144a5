/** What VMware Cloud Services answers, and how it reads as facts, users, log lines and error details. */

import * as v from "valibot";
import {
  type Fact,
  type Facts,
  type FailedCall,
  knownFact,
  type Subject,
  unknownFact,
  type VendorEvent,
} from "../../model/index.ts";

const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const maybe = v.optional(v.unknown());

/** Of the exchange of an API token. `expires_in` in seconds. */
export const grant = v.object({ access_token: text, expires_in: v.optional(v.pipe(v.number(), v.minValue(1))) });

/** All four fields are optional by the vendor's document. */
export const mfaStatus = v.object({ username: maybe, activated: maybe, turnedOn: maybe, deviceName: maybe });
export type MfaStatus = v.InferOutput<typeof mfaStatus>;

/** The last page has no `nextLink`. */
export const userPage = v.object({
  results: v.array(v.object({ user: v.object({ userId: v.pipe(text, v.maxLength(300)), username: text }) })),
  nextLink: v.nullish(v.string()),
  totalResults: count,
});
export type User = v.InferOutput<typeof userPage>["results"][number]["user"];

const words = v.fallback(v.string(), "");
/** Epoch ms that a date can hold. */
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15));
const auditLine = v.object({
  action: text,
  eventDate: instant,
  eventId: words,
  modifiedBy: words,
  username: words,
  details: v.fallback(v.object({ deviceName: words }), { deviceName: "" }),
});
export type AuditLine = v.InferOutput<typeof auditLine>;
export const auditPage = v.object({ results: v.array(auditLine), startIndex: v.fallback(count, 0) });

export const eventOf = ({ action, eventDate, modifiedBy, details }: AuditLine): VendorEvent => ({
  at: new Date(eventDate).toISOString(),
  action,
  ...(modifiedBy === "" ? {} : { by: modifiedBy }),
  ...(details.deviceName === "" ? {} : { detail: details.deviceName }),
});

const problem = v.object({
  cspErrorCode: words,
  errorCode: words,
  message: words,
  moduleCode: v.fallback(v.optional(v.number()), undefined),
  requestId: words,
  statusCode: v.fallback(v.optional(v.number()), undefined),
});

/** Of a CspErrorResponse, all of whose fields are optional, everything but its `message`. */
export function explain(body: unknown): Pick<FailedCall, "vendorCode" | "said" | "requestId"> {
  const { success, output } = v.safeParse(problem, body);
  if (!success) return {};
  const { cspErrorCode, errorCode, moduleCode, requestId, statusCode } = output;
  const said = {
    ...(cspErrorCode === "" ? {} : { cspErrorCode }),
    ...(errorCode === "" ? {} : { errorCode }),
    ...(moduleCode === undefined ? {} : { moduleCode }),
    ...(statusCode === undefined ? {} : { statusCode }),
  };
  return { vendorCode: cspErrorCode || errorCode, said, requestId };
}

/** The vendor's sentence, printable and short: for `doctor`, where a person asked for it, and nowhere else. */
export function messageOf(body: unknown): string | undefined {
  const { success, output } = v.safeParse(problem, body);
  if (!success || output.message === "") return undefined;
  return output.message.replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, " ").slice(0, 200);
}

/** A field that is missing or of another kind is not known: it never counts as false. */
function flag(value: unknown, field: string): Fact<boolean> {
  return typeof value === "boolean" ? knownFact(value) : unknownFact(`VMware answered without a readable ${field}`);
}

const untold = (what: string) => unknownFact(`VMware Cloud Services does not tell ${what}`);
/** What no answer of this vendor says of anybody. */
const UNTOLD = {
  population: untold("populations"),
  groups: untold("groups"),
  createdAt: untold("when an account was made"),
};

/** The switch and the device are two facts: only both together protect anybody. */
export function factsOf({ activated, turnedOn, deviceName }: MfaStatus): Facts {
  const registered = flag(activated, "activated");
  const name = typeof deviceName === "string" && deviceName !== "" ? { name: deviceName.slice(0, 200) } : {};
  const device = { method: "totp", usable: true, ...name } as const;
  return {
    active: knownFact(true),
    enabled: flag(turnedOn, "turnedOn"),
    devices: registered.known ? knownFact(registered.value ? [device] : []) : registered,
    ...UNTOLD,
  };
}

export const factsUnknown = (why: string): Facts => ({
  active: unknownFact(why),
  enabled: unknownFact(why),
  devices: unknownFact(why),
  ...UNTOLD,
});

const NOBODY_ELSE = unknownFact("VMware lets nobody read another user's MFA state");

/** Somebody whose credentials nobody here holds. */
export const memberOf = ({ userId, username }: User): Subject => ({
  id: userId,
  username,
  facts: { active: knownFact(true), enabled: NOBODY_ELSE, devices: NOBODY_ELSE, ...UNTOLD },
});

/** User names are e-mail addresses, and their case is nobody's to rely on. */
export const fold = (username: string): string => username.toLowerCase();
