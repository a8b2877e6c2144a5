/** Pieces that the schemas of settings, secrets and answers are made of, in every vendor. */

import * as v from "valibot";
import { numeric } from "../http/index.ts";
import { omitUndefined, type Subject } from "../model/index.ts";

export { ifPresent, numeric, textOrEmpty } from "../http/index.ts";

/** An address a policy may name: https, or http on loopback; without user, query or fragment. */
export const endpoint = v.pipe(
  v.string(),
  v.regex(
    /^(https:\/\/[^\s@/?#]+|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)(\/[^\s?#]*)?$/,
    "must be an https address, or http on loopback",
  ),
);

export const nonEmptyText = v.pipe(v.string(), v.minLength(1));

/** What tells whose account it is: left out where the vendor says nothing, or nothing that can be read. */
export const personKeysOf = (found: {
  readonly email?: unknown;
  readonly employeeNumber?: unknown;
}): Pick<Subject, "personKeys"> => {
  const { email, employeeNumber } = found;
  const keys = omitUndefined({ email: textOf(email), employeeNumber: textOf(employeeNumber) });
  return Object.keys(keys).length === 0 ? {} : { personKeys: keys };
};

const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value.trim() !== "" ? value : undefined;

/** A field that may be missing or of any kind: whoever uses it reads it on its own. */
export const anything = v.optional(v.unknown());

export const count = v.pipe(numeric, v.integer(), v.minValue(0));

/** An id that goes into paths, so nothing but a UUID may pass for one. */
export const uuid = v.pipe(v.string(), v.regex(/^[0-9a-f-]{36}$/i));

/** ISO 8601, and a day that exists. */
export const timestamp = v.pipe(
  v.string(),
  v.maxLength(40),
  v.isoTimestamp(),
  v.check((text) => !Number.isNaN(Date.parse(text))),
);
