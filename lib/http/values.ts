/** JSON values as vendors really send them: numbers as text, and `null`, `""` and nothing for the same thing. */

import * as v from "valibot";

/** A field that may be missing; `null` and `""` count as missing too. */
export const ifPresent = <S extends v.GenericSchema>(schema: S) =>
  v.pipe(
    v.optional(v.unknown()),
    v.transform((value) => (value === null || value === "" ? undefined : value)),
    v.optional(schema),
  );

/** A number, or text that holds nothing but one. */
export const numeric = v.union([
  v.number(),
  v.pipe(
    v.string(),
    v.regex(/^\s*-?\d{1,15}(\.\d{1,9})?\s*$/),
    v.transform((text) => Number(text)),
  ),
]);

/** Text that only helps: anything else reads as empty. */
export const textOrEmpty = v.fallback(v.string(), "");
