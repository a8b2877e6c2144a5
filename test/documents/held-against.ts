/** A fetch that holds every request, and every answer to it, against the vendor's own document. */
import { readFileSync } from "node:fs";
import { Ajv, type ErrorObject, type ValidateFunction } from "ajv";
import addFormats from "ajv-formats";
import { breakRequest } from "./broken-requests.ts";
import type { Extract, Operation, Schema } from "./extracts.ts";

export interface Held {
  readonly fetch: typeof fetch;
  /** What is not as the document says, one sentence each. */
  readonly offences: readonly string[];
  /** Which operations of the document were asked for. */
  readonly asked: ReadonlySet<string>;
  /** What the other side took, though the document does not allow it. */
  readonly leniencies: readonly string[];
  /** How often it was asked something that the document does not allow. */
  readonly broken: () => number;
}

export interface HoldOptions {
  /** Origins and paths before the document's paths, as the simulator serves them. */
  readonly bases: readonly string[];
  /** What is asked for beside the document, like the token: `METHOD /path`. */
  readonly beside: readonly RegExp[];
}

type Direction = "request" | "answer";

export const readExtract = (vendor: string): Extract =>
  JSON.parse(readFileSync(new URL(`./${vendor}.json`, import.meta.url), "utf8"));

export function holdAgainst(extract: Extract, { bases, beside }: HoldOptions): Held {
  const offences: string[] = [];
  const asked = new Set<string>();
  const leniencies: string[] = [];
  let broken = 0;
  const validators = { request: validatorOf(extract, "request"), answer: validatorOf(extract, "answer") };

  function check(schema: Schema | undefined | null, direction: Direction, value: unknown, what: string): void {
    if (!schema) return;
    const validate = validators[direction](schema);
    if (!validate(value)) offences.push(`${what}: ${(validate.errors ?? []).map(describe).join("; ")}`);
  }

  return {
    offences,
    asked,
    leniencies,
    broken: () => broken,
    async fetch(input, init) {
      const url = new URL(String(input));
      const method = init?.method ?? "GET";
      const answer = await fetch(input, init);
      const path = pathOf(url, bases);
      if (beside.some((pattern) => pattern.test(`${method} ${path}`))) return answer;
      if (/\$batch$/.test(path)) await holdBatch(url, init, answer.clone());
      else await holdOne({ method, path, url, init, answer });
      return answer;
    },
  };

  async function holdOne({ method, path, url, init, answer }: OneCall): Promise<void> {
    const found = findOperation(extract, `${method} ${path}`);
    if (!found) return void offences.push(`${method} ${path} is not in the document`);
    const [name, operation] = found;
    if (init && answer.status < 300 && !asked.has(name)) await sendBroken(name, operation, url, init);
    asked.add(name);
    for (const [key, value] of url.searchParams) checkParameter(operation, key, value, name);
    if (operation.body) check(operation.body, "request", bodyOf(init), `the body of ${name}`);
    const { answers } = operation;
    const status = answer.status in answers ? `${answer.status}` : "default";
    if (!(status in answers)) offences.push(`${name} answered ${answer.status}, which the document does not have`);
    if (answers[status]) check(answers[status], "answer", await jsonOf(answer), `the answer of ${name}`);
  }

  /** Microsoft Graph's way to send several requests at once. https://learn.microsoft.com/graph/json-batching */
  async function holdBatch(url: URL, init: RequestInit | undefined, answer: Response): Promise<void> {
    const { requests } = bodyOf(init) as { requests: { id: string; method: string; url: string }[] };
    const { responses } = (await answer.json()) as { responses: { id: string; status: number; body?: unknown }[] };
    const base = pathOf(url, bases).replace(/\/\$batch$/, "");
    for (const { id, status, body } of responses) {
      const request = requests.find((one) => one.id === id);
      if (!request) return void offences.push(`the batch answered ${id}, which nobody asked`);
      const inner = new URL(`${url.origin}${base}${request.url}`);
      const path = decodeURIComponent(inner.pathname);
      if (beside.some((pattern) => pattern.test(`${request.method} ${path}`))) continue;
      await holdOne({ method: request.method, path, url: inner, init: undefined, answer: { status, body } });
    }
  }

  async function sendBroken(
    name: string,
    operation: Operation,
    url: URL,
    init: RequestInit | undefined,
  ): Promise<void> {
    const right = typeof init?.body === "string" ? init.body : undefined;
    for (const { what, url: address, body } of breakRequest(extract, operation, url, right)) {
      broken++;
      const answer = await fetch(address, { ...init, ...(body === undefined ? {} : { body }) });
      await answer.body?.cancel();
      if (answer.ok) leniencies.push(`${name} takes ${what}`);
    }
  }

  function checkParameter(operation: Operation, key: string, value: string, name: string): void {
    const schema = operation.query[key];
    if (!schema) offences.push(`${name} has no parameter ${key}`);
    else check(schema, "request", readParameter(value), `the parameter ${key}=${value} of ${name}`);
  }
}

interface OneCall {
  readonly method: string;
  readonly path: string;
  readonly url: URL;
  /** Absent for a call inside another one. */
  readonly init: RequestInit | undefined;
  readonly answer: Response | { readonly status: number; readonly body?: unknown };
}

const jsonOf = async (answer: OneCall["answer"]): Promise<unknown> =>
  answer instanceof Response ? answer.clone().json() : answer.body;

function pathOf({ origin, pathname }: URL, bases: readonly string[]): string {
  const address = origin + pathname;
  const base = bases.find((one) => address.startsWith(`${one}/`)) ?? origin;
  return address.slice(base.length);
}

const readParameter = (value: string): unknown => (/^(\d+|true|false)$/.test(value) ? JSON.parse(value) : value);
const bodyOf = (init: RequestInit | undefined): unknown =>
  typeof init?.body === "string" ? JSON.parse(init.body) : undefined;

/** A path without a placeholder goes before one with. */
function findOperation({ operations }: Extract, name: string): [string, Operation] | undefined {
  const matches = Object.entries(operations).filter(([operation]) => patternOf(operation).test(name));
  return matches.toSorted(([one], [other]) => one.split("{").length - other.split("{").length)[0];
}

const patternOf = (operation: string): RegExp =>
  new RegExp(`^${operation.replace(/[.*+?^$()|[\]\\]/g, "\\$&").replace(/\{[^}]+\}/g, "[^/]+")}$`);

const describe = ({ instancePath, message, params }: ErrorObject): string =>
  `${instancePath} ${message} ${JSON.stringify(params)}`.slice(0, 300);

/** What the vendor alone sets is not in a request, and what only it gets is not in an answer, though they are required. */
function validatorOf({ schemas }: Extract, direction: Direction): (schema: Schema) => ValidateFunction {
  // A pattern that names Unicode properties needs the flag, and some without are not valid with it.
  const unicodeRegExp = JSON.stringify(schemas).includes("\\p{");
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false, unicodeRegExp });
  addFormats.default(ajv);
  const adapted = Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, adapt(schema, direction)]));
  const known = new Map<Schema, ValidateFunction>();
  return (schema) => {
    const validate = known.get(schema) ?? ajv.compile({ ...(adapt(schema, direction) as object), schemas: adapted });
    known.set(schema, validate);
    return validate;
  };
}

/**
 * OpenAPI 3.0 as JSON Schema. `oneOf` becomes `anyOf`: the documents list alternatives so, of which several fit. Strata's and PingOne's
 * patterns escape twice.
 */
function adapt(node: unknown, direction: Direction): unknown {
  if (Array.isArray(node)) return node.map((one) => adapt(one, direction));
  if (typeof node !== "object" || node === null) return node;
  const schema = Object.fromEntries(
    Object.entries(node).map(([key, value]) => {
      if (key === "enum") return [key, value];
      if (key === "pattern") return [key, String(value).replaceAll("\\\\", "\\")];
      return [key === "oneOf" ? "anyOf" : key, adapt(value, direction)];
    }),
  );
  const { nullable, required, properties } = schema as {
    nullable?: boolean;
    required?: unknown;
    properties?: Record<string, Schema>;
  };
  if (Array.isArray(required)) schema.required = required.filter((name) => !isOneWay(properties?.[name], direction));
  return nullable === true ? { anyOf: [schema, { type: "null" }] } : schema;
}

const isOneWay = (property: Schema | undefined, direction: Direction): boolean =>
  property?.[direction === "request" ? "readOnly" : "writeOnly"] === true;
