/** The values that vendors' own documents name of a field: from the extracts, or by hand where a document names them in prose alone. */
import { readFileSync } from "node:fs";
import type { Extract } from "./extracts.ts";

const read = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8"));

const prose: Readonly<Record<string, { readonly source: string; readonly values: readonly string[] }>> = read("prose");

/** @param schema of the vendor's extract; one that is no enum has no values, and so fails */
export function enumOf(vendor: string, schema: string): readonly string[] {
  const { schemas }: Extract = read(vendor);
  const values = schemas[schema]?.enum;
  if (!Array.isArray(values)) throw new Error(`the document of ${vendor} has no enum ${schema}`);
  return values.filter((value): value is string => typeof value === "string");
}

export function namedInProse(field: string): readonly string[] {
  const found = prose[field];
  if (!found) throw new Error(`nothing was taken down of ${field}`);
  return found.values;
}
