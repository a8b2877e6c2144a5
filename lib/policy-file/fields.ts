/** The fields that a policy file is made of. Messages are predicates: the place and the value are put before them. */

import * as v from "valibot";
import { DAY_PATTERN, isDay, isTimezone, zoneForOffset } from "../policy/index.ts";

export const text = (description: string) =>
  v.pipe(
    v.string(),
    v.regex(/\S/, "must not be blank"),
    v.maxLength(1000, "is longer than 1000 characters"),
    v.description(description),
  );
export const day = (description: string) =>
  v.pipe(
    v.string(),
    v.regex(DAY_PATTERN, "is not a day written like 2026-12-31"),
    v.check(isDay, "is not a day of the calendar"),
    v.description(`${description} A whole day in the policy's time zone, like 2026-12-31.`),
  );
export const duration = (description: string) =>
  v.pipe(
    v.string(),
    v.regex(/^[1-9][0-9]{0,3}[hd]$/, "is not a whole number from 1 to 9999 followed by h or d, like 36h or 14d"),
    v.description(`${description} Like 36h or 14d; a day is 24 hours.`),
  );
export const count = (description: string) =>
  v.pipe(
    v.number(),
    v.integer("is not a whole number"),
    v.minValue(1, "is less than 1"),
    v.maxValue(10_000_000, "is more than 10000000"),
    v.description(description),
  );
export const percent = (description: string) =>
  v.pipe(
    v.number(),
    v.gtValue(0, "is not more than 0"),
    v.maxValue(100, "is more than 100"),
    v.description(description),
  );
export const timezone = v.pipe(
  v.string(),
  v.check(isTimezone, "is not a known time zone; write one like UTC or Europe/Berlin"),
  v.check(
    (name) => zoneForOffset(name) === undefined,
    ({ input }) =>
      `is a fixed offset under a name, also in summer; write the zone of a city, like ${zoneForOffset(input)}`,
  ),
  v.description("Time zone that the days of this file are meant in, like Europe/Berlin. Default: UTC."),
);
export const secretName = (description: string) =>
  v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9][A-Za-z0-9/_.-]{0,127}$/, "must be the name of a secret: letters, digits and / _ . -"),
    v.description(description),
  );
export const scopedId = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9-]+\/\S{1,256}$/, "is not of the form directory/id"),
  v.description("directory/id, with the vendor's own id."),
);
export const listOf = <T extends v.GenericSchema>(item: T, description: string) =>
  v.pipe(v.array(item), v.minLength(1, "must not be empty"), v.description(description));
export const account = v.strictObject({
  id: scopedId,
  username: v.exactOptional(
    text(
      "A check: when the account's user name is no longer this one, its verdict is unknown, since names are reused.",
    ),
  ),
});

export const emailAddress = v.pipe(v.string(), v.email("is not an e-mail address"));
export const webAddress = (description: string) =>
  v.pipe(
    v.string(),
    v.check(isSafeAddress, "is neither an https address nor plain http to this machine itself"),
    v.description(description),
  );

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function isSafeAddress(written: string): boolean {
  const url = URL.parse(written);
  return url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.test(url.hostname));
}
