/** DynamoDB's way to write items in JSON, `{ "S": "text" }`, and plain values. */
import * as v from "valibot";
import { omitUndefined } from "../../lib/model/index.ts";
import type { Input } from "./command-input.ts";
import type { Item } from "./operand.ts";

const mapSchema = v.record(v.string(), v.unknown());
const batchSchema = v.looseObject({ Keys: v.array(v.unknown()) });
const answerSchema = v.object({
  Item: v.optional(mapSchema),
  Items: v.optional(v.array(mapSchema)),
  Attributes: v.optional(mapSchema),
  Responses: v.optional(v.record(v.string(), v.array(mapSchema))),
});

/** A request in plain values, of which DynamoDB's form has items in some fields. */
export function fromWire(request: Item): Input {
  const items = ["Key", "Item", "ExpressionAttributeValues"].filter((name) => request[name] !== undefined);
  const batches = mapValues(v.parse(mapSchema, request.RequestItems ?? {}), (batch) => {
    const { Keys, ...rest } = v.parse(batchSchema, batch);
    return { ...rest, Keys: Keys.map(plainItem) };
  });
  return {
    ...request,
    ...Object.fromEntries(items.map((name) => [name, plainItem(request[name])])),
    RequestItems: batches,
  };
}

/** An answer in DynamoDB's form. */
export function toWire(operation: string, answer: object): object {
  if (operation === "DescribeTable" || operation === "CreateTable") return answer;
  const { Item, Items, Attributes, Responses } = v.parse(answerSchema, answer);
  return omitUndefined({
    ...answer,
    Item: Item && wireItem(Item),
    Items: Items?.map(wireItem),
    Attributes: Attributes && wireItem(Attributes),
    Responses: Responses && mapValues(Responses, (items) => items.map(wireItem)),
  });
}

const mapValues = <T, R>(map: Readonly<Record<string, T>>, change: (value: T) => R): Record<string, R> =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name, change(value)]));

const plainItem = (value: unknown): Item => mapValues(v.parse(mapSchema, value), plainValue);
const wireItem = (item: Item): Item => mapValues(item, wireValue);

function plainValue(value: unknown): unknown {
  const [[kind, inner] = []] = Object.entries(v.parse(mapSchema, value));
  if (kind === "S" || kind === "BOOL") return inner;
  if (kind === "N") return Number(inner);
  if (kind === "NULL") return null;
  if (kind === "M") return plainItem(inner);
  if (kind === "L" && Array.isArray(inner)) return inner.map(plainValue);
  throw Object.assign(new Error(`a value of kind ${kind}`), { name: "ValidationException" });
}

function wireValue(value: unknown): Item {
  if (value === null) return { NULL: true };
  if (typeof value === "string") return { S: value };
  if (typeof value === "number") return { N: String(value) };
  if (typeof value === "boolean") return { BOOL: value };
  if (Array.isArray(value)) return { L: value.map(wireValue) };
  return { M: wireItem(v.parse(mapSchema, value)) };
}
