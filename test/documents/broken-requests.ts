/** The same request with one thing wrong that the vendor's document does not allow. */
import type { Extract, Operation, Schema } from "./extracts.ts";

export interface BrokenRequest {
  readonly what: string;
  readonly url: URL;
  readonly body?: string;
}

/** @param body of the request that was right */
export function breakRequest(
  { schemas }: Extract,
  { query, body: schema = {} }: Operation,
  url: URL,
  body: string | undefined,
): BrokenRequest[] {
  const name = typeof schema.$ref === "string" ? schema.$ref.replace("#/schemas/", "") : undefined;
  const found = name === undefined ? schema : (schemas[name] ?? {});
  return [...overstatedParameters(query, url), ...lackingBodies(found, url, body)];
}

function overstatedParameters(query: Operation["query"], url: URL): BrokenRequest[] {
  return [...url.searchParams.keys()].flatMap((name) => {
    const { maximum } = query[name] ?? {};
    if (typeof maximum !== "number") return [];
    const broken = new URL(url);
    broken.searchParams.set(name, `${maximum + 1}`);
    return [{ what: `${name}=${maximum + 1}`, url: broken }];
  });
}

/** Without a field that is required. */
function lackingBodies(schema: Schema, url: URL, body: string | undefined): BrokenRequest[] {
  if (body === undefined) return [];
  const fields = JSON.parse(body) as Readonly<Record<string, unknown>>;
  const required = Array.isArray(schema.required) ? schema.required.map(String) : [];
  return required
    .filter((name) => name in fields)
    .map((name) => {
      const { [name]: _, ...others } = fields;
      return { what: `a body without ${name}`, url, body: JSON.stringify(others) };
    });
}
