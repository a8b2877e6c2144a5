/** Checks a policy against its grammar and says in plain words what is wrong where. */

import * as v from "valibot";
import { type Finding, finding, type Path, shownValue } from "./finding.ts";

/** What a valibot schema shows of itself; the schemas' own types do not say it for schemas in general. */
interface Shape {
  readonly wrapped?: Shape;
  readonly item?: Shape;
  readonly options?: readonly Shape[];
  readonly entries?: Readonly<Record<string, Shape>>;
  readonly literal?: unknown;
}

/** All that the schema finds wrong in a value, unknown keys first. Takes unknown keys out of the value. */
export function findInvalidFields(schema: v.GenericSchema, value: unknown): Finding[] {
  // valibot names only the first unknown key of an object, and takes a list for an object without keys.
  const strays = takeOutUnknownKeys(schema as Shape, value, []);
  const lists = strays.filter(({ at }) => at === "value").map(({ path }) => path);
  const below = ({ path }: Finding) => lists.some((list) => list.every((key, index) => key === path[index]));
  return [...strays, ...findViolations(schema, value, []).filter((found) => !below(found))];
}

/** What the schema finds wrong in the value at this path. */
export const findViolations = (schema: v.GenericSchema, value: unknown, path: Path): Finding[] =>
  (v.safeParse(schema, value).issues ?? []).flatMap((issue) => describeIssue(issue, path));

function takeOutUnknownKeys(shape: Shape, value: unknown, path: Path): Finding[] {
  if (shape.wrapped !== undefined) return takeOutUnknownKeys(shape.wrapped, value, path);
  if (typeof value !== "object" || value === null) return [];
  if (shape.item !== undefined) return takeOutOfList(shape.item, value, path);
  if (shape.entries !== undefined) return takeOutOfMapping(shape.entries, value, path);
  const option = matchingOption(shape.options ?? [], value);
  return option === undefined ? [] : takeOutUnknownKeys(option, value, path);
}

function takeOutOfList(item: Shape, value: object, path: Path): Finding[] {
  return Array.isArray(value) ? value.flatMap((each, index) => takeOutUnknownKeys(item, each, [...path, index])) : [];
}

function takeOutOfMapping(entries: Readonly<Record<string, Shape>>, value: object, path: Path): Finding[] {
  if (Array.isArray(value)) return [finding(path, "a list is not a mapping with keys")];
  return Object.entries(value).flatMap(([key, item]) => {
    const known = Object.hasOwn(entries, key) ? entries[key] : undefined;
    if (known !== undefined) return takeOutUnknownKeys(known, item, [...path, key]);
    Reflect.deleteProperty(value, key);
    const allowed = Object.keys(entries).join(", ");
    return [finding([...path, key], `unknown key; known here: ${allowed}`, "key")];
  });
}

/** Keys whose word says which option of a union a mapping is meant for. */
const DISCRIMINATORS = ["vendor", "by"] as const;

/** The option of a union that a mapping is meant for: the one of the same vendor or way, or the only one with keys. */
const matchingOption = (options: readonly Shape[], value: object): Shape | undefined =>
  options.find(({ entries }) => entries && DISCRIMINATORS.every((key) => fits(entries[key]?.literal, value, key)));

const fits = (literal: unknown, value: object, key: string): boolean =>
  literal === undefined || Reflect.get(value, key) === literal;

/** Parts of a union come with paths of their own, below the union's. */
function describeIssue(issue: v.BaseIssue<unknown>, above: Path): Finding[] {
  const path = [...above, ...(issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)))];
  const inner = (issue.issues ?? []).filter((part) => part.path !== undefined);
  if (inner.length > 0) return inner.flatMap((part) => describeIssue(part, path));
  const missing = issue.kind === "schema" && issue.received === "undefined";
  return [
    finding(
      path,
      missing
        ? `is missing${allowedValues(issue, "; allowed: ")}`
        : `${shownInput(issue, path)}${describeFault(issue)}`,
    ),
  ];
}

/** Not what may be a secret itself: where a secret's name should stand, or in an address. */
function shownInput({ input }: v.BaseIssue<unknown>, path: Path): string {
  const delicate =
    path.at(-1) === "secret" || path.at(-1) === "chatWebhook" || (typeof input === "string" && input.includes("://"));
  return delicate ? "" : `${shownValue(input)} `;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  strict_object: "a mapping",
  uuid: "a UUID",
  url: "a URL",
};

function describeFault(issue: v.BaseIssue<unknown>): string {
  const kind = KINDS[issue.type];
  if (kind !== undefined) return `is not ${kind}`;
  if (!issue.message.startsWith("Invalid ")) return issue.message;
  return `is not${allowedValues(issue, " one of ") || " valid"}`;
}

/** The values of a picklist, a literal, or the vendors. */
function allowedValues(issue: v.BaseIssue<unknown>, before: string): string {
  const values = ["picklist", "literal", "variant"].includes(issue.type) ? (issue.expected ?? "") : "";
  return values === "" ? "" : before + values.replaceAll(/["()]/g, "").replaceAll(" | ", ", ");
}
