/** Operands of DynamoDB's expressions: attributes, values and the functions that choose between them. */
import { type ExpressionReader, readInBrackets, readList } from "./expression-reader.ts";

export type Item = Record<string, unknown>;

/** The names and values that a command brings along for its expressions. */
export interface Placeholders {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

export type Operand = (item: Item, placeholders: Placeholders) => unknown;
/** The names that lead to an attribute, from the item down. */
export type AttributePath = (placeholders: Placeholders) => readonly string[];

export function readOperand(reader: ExpressionReader): Operand {
  if (reader.take("if_not_exists")) return readChoice(reader, ([value, instead]) => value ?? instead);
  if (reader.take("list_append")) return readChoice(reader, (lists) => lists.flat());
  if (!reader.peek().startsWith(":")) return readAttribute(reader);
  const name = reader.next();
  return (_, { values }) => values[name];
}

function readChoice(reader: ExpressionReader, choose: (values: readonly unknown[]) => unknown): Operand {
  const operands = readInBrackets(reader, () => readList(reader, readOperand));
  return (item, placeholders) => choose(operands.map((operand) => operand(item, placeholders)));
}

export function readAttribute(reader: ExpressionReader): Operand {
  const path = readPath(reader);
  return (item, placeholders) => descend(item, path(placeholders));
}

export function readPath(reader: ExpressionReader): AttributePath {
  const words = [reader.next()];
  while (reader.take(".")) words.push(reader.next());
  return ({ names }) => words.map((word) => names[word] ?? word);
}

/** The value at a path, or `undefined`. */
export const descend = (item: Item, path: readonly string[]): unknown =>
  path.reduce<unknown>((value, name) => (isMap(value) ? value[name] : undefined), item);

export const isMap = (value: unknown): value is Item =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Numbers by size, strings by their UTF-8 bytes; anything else is only equal or not. */
export function compareValues(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string")
    return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
  return JSON.stringify(a) === JSON.stringify(b) ? 0 : Number.NaN;
}
