/** What VMware Cloud Services answers, and how it reads as facts, users, log lines and error details. */

import * as v from "valibot";
import type { VendorErrorDetail } from "../../http/index.ts";
import { type Facts, knownFact, type Subject, unknownFact, type VendorEvent } from "../../model/index.ts";
import { factReader } from "../facts.ts";
import { anything, count, nonEmptyText, textOrEmpty } from "../fields.ts";

const readFact = factReader("VMware");
const flag = v.boolean();

/** Of the exchange of an API token. `expires_in` in seconds. */
export const grant = v.object({
  access_token: nonEmptyText,
  expires_in: v.optional(v.pipe(v.number(), v.minValue(1))),
});

/** All four fields are optional by the vendor's document. */
export const mfaStatus = v.object({
  username: anything,
  activated: anything,
  turnedOn: anything,
  deviceName: anything,
});
export type MfaStatus = v.InferOutput<typeof mfaStatus>;

/** The last page has no `nextLink`. */
export const userPage = v.object({
  results: v.array(
    v.object({ user: v.object({ userId: v.pipe(nonEmptyText, v.maxLength(300)), username: nonEmptyText }) }),
  ),
  nextLink: v.nullish(v.string()),
  totalResults: count,
});
export type User = v.InferOutput<typeof userPage>["results"][number]["user"];

/** Epoch ms that a date can hold. */
const instant = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(8.64e15));
const auditLine = v.object({
  action: nonEmptyText,
  eventDate: instant,
  eventId: textOrEmpty,
  modifiedBy: textOrEmpty,
  username: textOrEmpty,
  details: v.fallback(v.object({ deviceName: textOrEmpty }), { deviceName: "" }),
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
  cspErrorCode: textOrEmpty,
  errorCode: textOrEmpty,
  message: textOrEmpty,
  moduleCode: v.fallback(v.optional(v.number()), undefined),
  requestId: textOrEmpty,
  statusCode: v.fallback(v.optional(v.number()), undefined),
});

/** Of a CspErrorResponse, all of whose fields are optional, everything but its `message`. */
export function describeVendorError(body: unknown): VendorErrorDetail {
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

const untold = (what: string) => unknownFact(`VMware Cloud Services does not tell ${what}`);
/** What no answer of this vendor says of anybody. */
const UNTOLD = {
  population: untold("populations"),
  groups: untold("groups"),
  createdAt: untold("when an account was made"),
};

/** The switch and the device are two facts: only both together protect anybody. */
export function factsOf({ activated, turnedOn, deviceName }: MfaStatus): Facts {
  const registered = readFact(flag, activated, "activated");
  const name = typeof deviceName === "string" && deviceName !== "" ? { name: deviceName.slice(0, 200) } : {};
  const device = { method: "totp", usable: true, ...name } as const;
  return {
    active: knownFact(true),
    enabled: readFact(flag, turnedOn, "turnedOn"),
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
