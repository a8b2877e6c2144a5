/** The values that vendors' own documents name of a field: from the extracts, or by hand where a document names them in prose alone. */
import { readFileSync } from "node:fs";
import type { Extract, Schema } from "./extracts.ts";

const read = (name: string) => JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), "utf8"));

const prose: Readonly<Record<string, { readonly source: string; readonly values: readonly string[] }>> = read("prose");

/** @param schema of the vendor's extract, or a field of one after a dot; what is no enum has no values, and so fails */
export function enumOf(vendor: string, schema: string): readonly string[] {
  const values = schemaOf(vendor, schema).enum;
  if (!Array.isArray(values)) throw new Error(`the document of ${vendor} has no enum ${schema}`);
  return values.filter((value): value is string => typeof value === "string");
}

/** The fields of which an object has one. */
export function choicesOf(vendor: string, schema: string): readonly string[] {
  const choices = schemaOf(vendor, schema).oneOf;
  if (!Array.isArray(choices)) throw new Error(`the document of ${vendor} has no choice in ${schema}`);
  return choices.flatMap(({ properties = {} }) => Object.keys(properties));
}

function schemaOf(vendor: string, path: string): Schema {
  const { schemas }: Extract = read(vendor);
  const [name = "", field] = path.split(".");
  const schema = schemas[name] ?? {};
  if (field === undefined) return schema;
  return (schema.properties as Record<string, Schema> | undefined)?.[field] ?? {};
}

export function namedInProse(field: string): readonly string[] {
  const found = prose[field];
  if (!found) throw new Error(`nothing was taken down of ${field}`);
  return found.values;
}
