/** What a VMware directory's secret holds, and how it is read without ever showing it. */

import * as v from "valibot";
import { WardenError } from "../../errors.ts";
import { nonEmptyText } from "../fields.ts";
import { secretExtras } from "../vendor.ts";
import { fold } from "./schema.ts";

/** Base32 as authenticator apps show it: any case, in groups. */
const totpSeed = v.pipe(
  v.string(),
  v.transform((written) => written.replaceAll(" ", "").toUpperCase()),
  v.regex(/^[A-Z2-7]{16,}=*$/),
);
const reader = v.strictObject({ apiToken: nonEmptyText, totpSeed: v.optional(totpSeed) });
const principalEntry = v.strictObject({ ...reader.entries, password: nonEmptyText });

export const secret = v.strictObject({
  /** By user name. Each is read when the policy names it. */
  principals: v.record(v.string(), v.unknown()),
  /** Whoever lists the organisation's users. */
  reader: v.optional(reader),
  ...secretExtras,
});
export type Secret = v.InferOutput<typeof secret>;
type PrincipalSecret = v.InferOutput<typeof principalEntry>;

/** A principal's part; `undefined` where there is none. Throws `ERR_SECRET_INVALID`, naming the field, never a value. */
export function principalSecret({ principals }: Secret, name: string, directory: string): PrincipalSecret | undefined {
  const found = Object.entries(principals).find(([key]) => fold(key) === fold(name));
  if (!found) return undefined;
  const { success, output, issues = [] } = v.safeParse(principalEntry, found[1]);
  if (success) return output;
  const wrong = issues
    .map((issue) => v.getDotPath(issue) ?? "")
    .find((field) => Object.hasOwn(principalEntry.entries, field));
  // Any other name may be a value that was pasted into the wrong place.
  const place = wrong === undefined ? "" : `.${wrong}`;
  throw new WardenError(
    "ERR_SECRET_INVALID",
    `The secret of directory ${directory} has a wrong principals.${name}${place}.`,
  );
}

/** Every text that must not be shown. */
export function secretValues({ origins: _, ...rest }: Secret): string[] {
  const texts: string[] = [];
  JSON.stringify(rest, (_key, value: unknown) => {
    if (typeof value === "string" && value.length > 3) texts.push(value);
    return value;
  });
  return texts;
}
