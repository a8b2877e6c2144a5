/** Asks for the fields of a vendor's secret, one after the other; what is typed is not shown. */

import { SECRET_PLACEHOLDER } from "../../lib/directories/index.ts";
import type { Interview } from "../terminal/interview.ts";

type Fields = Readonly<Record<string, unknown>>;

/** The secret without those fields that nothing was answered for; `undefined` where that is so of the first. @param blanks what `init` writes where it is to be filled in */
export async function askSecret(interview: Interview, blanks: object): Promise<object | undefined> {
  const typed = new Map<string, string>();
  for (const field of fieldsOf(blanks)) {
    const answer = await interview.ask(`  ${field}`, { hidden: !field.endsWith("Id") });
    if (answer === "" && typed.size === 0) return undefined;
    if (answer !== "") typed.set(field, answer);
  }
  return fillIn(blanks, typed);
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const nameOf = (above: string, key: string) => (above === "" ? key : `${above}.${key}`);

/** The blanks, by the keys that lead to them. */
const fieldsOf = (fields: object, above = ""): string[] =>
  Object.entries(fields).flatMap(([key, value]: [string, unknown]) => {
    if (value === SECRET_PLACEHOLDER) return [nameOf(above, key)];
    return isFields(value) ? fieldsOf(value, nameOf(above, key)) : [];
  });

function fillIn(fields: object, typed: ReadonlyMap<string, string>, above = ""): object {
  const filled = Object.entries(fields).map(([key, value]: [string, unknown]): [string, unknown] => {
    const name = nameOf(above, key);
    if (value === SECRET_PLACEHOLDER) return [key, typed.get(name)];
    return [key, isFields(value) ? fillIn(value, typed, name) : value];
  });
  return Object.fromEntries(filled.filter(([, value]) => value !== undefined));
}
