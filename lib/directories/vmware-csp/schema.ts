/** What VMware Cloud Services answers, and how it reads as facts, users, log lines and error details. */

import * as v from "valibot";
import type { VendorErrorDetail } from "../../http/index.ts";
import {
  type Device,
  type Facts,
  knownFact,
  omitUndefined,
  type Subject,
  unknownFact,
  type VendorEvent,
} from "../../model/index.ts";
import { factReader } from "../facts.ts";
import { anything, count, ifPresent, nonEmptyText, numeric, personKeysOf, textOrEmpty } from "../fields.ts";

const readFact = factReader("VMware");
const flag = v.boolean();

/** All four fields are optional by the vendor's document. */
export const mfaStatus = v.object({
  username: anything,
  activated: anything,
  turnedOn: anything,
  deviceName: anything,
});
export type MfaStatus = v.InferOutput<typeof mfaStatus>;

/** Of an organisation, what it requires of its users. */
export const organizationRequirement = v.object({ isMfaRequired: anything, enforceUserApiTokenMfa: anything });

export const requirementFacts = (found: v.InferOutput<typeof organizationRequirement>) => ({
  mfa: readFact(flag, found.isMfaRequired, "isMfaRequired"),
  tokenPasscode: readFact(flag, found.enforceUserApiTokenMfa, "enforceUserApiTokenMfa"),
});

/** What an access token says of whose it is. */
export const tokenClaims = v.object({ acct: textOrEmpty, username: textOrEmpty });

/** Who it is must be readable. Somebody without a user name goes by the next name that there is. */
const user = v.pipe(
  v.object({
    userId: v.pipe(nonEmptyText, v.maxLength(300)),
    username: textOrEmpty,
    acct: textOrEmpty,
    email: textOrEmpty,
  }),
  v.transform(({ userId, username, acct, email }) => ({
    userId,
    username: username || acct || email || userId,
    email,
  })),
);

/** The last page has no `nextLink`. */
export const userPage = v.object({
  results: v.array(v.object({ user })),
  nextLink: ifPresent(v.string()),
  totalResults: count,
});
export type User = v.InferOutput<typeof userPage>["results"][number]["user"];

/** Epoch ms that a date can hold. */
const instant = v.pipe(numeric, v.integer(), v.minValue(0), v.maxValue(8.64e15));
const auditLine = v.object({
  action: nonEmptyText,
  eventDate: instant,
  eventId: textOrEmpty,
  modifiedBy: textOrEmpty,
  username: textOrEmpty,
  details: v.fallback(v.object({ deviceName: textOrEmpty }), { deviceName: "" }),
});
export type AuditLine = v.InferOutput<typeof auditLine>;
/** A line that cannot be read is `undefined`, and spoils no other. */
export const auditPage = v.object({
  results: v.array(v.fallback(v.optional(auditLine), undefined)),
  startIndex: v.fallback(count, 0),
});

export const eventOf = ({ action, eventDate, modifiedBy, details }: AuditLine): VendorEvent => ({
  at: new Date(eventDate).toISOString(),
  action,
  ...omitUndefined({ by: modifiedBy || undefined, detail: details.deviceName || undefined }),
});

const problem = v.object({
  cspErrorCode: textOrEmpty,
  errorCode: textOrEmpty,
  message: textOrEmpty,
  moduleCode: v.fallback(ifPresent(numeric), undefined),
  requestId: textOrEmpty,
  statusCode: v.fallback(ifPresent(numeric), undefined),
});

/**
 * Of a CspErrorResponse, all of whose fields are optional: its codes and its own words. A vendor may repeat what it was sent, so
 * neither is kept where it holds one of `hidden`.
 */
export function describeVendorError(body: unknown, hidden: readonly string[]): VendorErrorDetail {
  const { success, output } = v.safeParse(problem, body);
  if (!success) return {};
  const { cspErrorCode, errorCode, moduleCode, requestId, statusCode } = output;
  const said = omitUndefined({
    cspErrorCode: cspErrorCode || undefined,
    errorCode: errorCode || undefined,
    moduleCode,
    statusCode,
  });
  const codes = { vendorCode: cspErrorCode || errorCode, said, requestId };
  const sentence = sentenceOf(output.message);
  const isShown = (text: string) => !hidden.some((value) => text.includes(value));
  return {
    ...(isShown(JSON.stringify(codes)) ? codes : {}),
    sentence: isShown(sentence) && sentence !== "" ? sentence : undefined,
  };
}

/** Printable and short. */
const sentenceOf = (message: string) => message.replace(/[^\p{L}\p{N}\p{P}\p{S} ]+/gu, " ").slice(0, 200);

const notTold = (what: string) => unknownFact(`VMware Cloud Services does not tell ${what}`);
/** What no answer of this vendor says of anybody. */
const NEVER_TOLD = {
  population: notTold("populations"),
  groups: notTold("groups"),
  createdAt: notTold("when an account was made"),
};

/** The switch and the device are two facts: only both together protect anybody. */
export function factsOf({ activated, turnedOn, deviceName }: MfaStatus): Facts {
  const registered = readFact(flag, activated, "activated");
  const name = typeof deviceName === "string" && deviceName !== "" ? deviceName.slice(0, 200) : undefined;
  const device: Device = { method: "totp", usable: true, ...omitUndefined({ name }) };
  return {
    active: knownFact(true),
    enabled: readFact(flag, turnedOn, "turnedOn"),
    devices: registered.known ? knownFact(registered.value ? [device] : []) : registered,
    ...NEVER_TOLD,
  };
}

export const factsUnknown = (why: string): Facts => ({
  active: unknownFact(why),
  enabled: unknownFact(why),
  devices: unknownFact(why),
  ...NEVER_TOLD,
});

const NOT_READABLE = unknownFact("VMware lets nobody read another user's MFA state");

/** Somebody whose credentials nobody here holds. */
export const memberOf = ({ userId, username, email }: User): Subject => ({
  id: userId,
  username,
  ...personKeysOf({ email }),
  facts: { active: knownFact(true), enabled: NOT_READABLE, devices: NOT_READABLE, ...NEVER_TOLD },
});

/** User names are e-mail addresses, and their case is nobody's to rely on. */
export const fold = (username: string): string => username.toLowerCase();
