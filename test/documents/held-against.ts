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
      const name = `${method} ${pathOf(url, bases)}`;
      if (beside.some((pattern) => pattern.test(name))) return answer;
      const found = findOperation(extract, name);
      if (!found) {
        offences.push(`${name} is not in the document`);
        return answer;
      }
      const [operationName, operation] = found;
      if (answer.ok && !asked.has(operationName)) await sendBroken(operationName, operation, url, init);
      asked.add(operationName);
      for (const [key, value] of url.searchParams) checkParameter(operation, key, value, operationName);
      if (operation.body) check(operation.body, "request", bodyOf(init), `the body of ${operationName}`);
      const { answers } = operation;
      const status = answer.status in answers ? `${answer.status}` : "default";
      if (!(status in answers))
        offences.push(`${operationName} answered ${answer.status}, which the document does not have`);
      if (answers[status])
        check(answers[status], "answer", await answer.clone().json(), `the answer of ${operationName}`);
      return answer;
    },
  };

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
    else check(schema, "request", readParameter(value), `the parameter ${key} of ${name}`);
  }
}

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
  `${instancePath} ${message} ${JSON.stringify(params)}`;

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
