/** DynamoDB's updates, as far as a ledger says them. */
import { cacheByText, type ExpressionReader, readExpression, readList } from "./expression-reader.ts";
import {
  type AttributePath,
  descend,
  type Item,
  isMap,
  type Operand,
  type Placeholders,
  readOperand,
  readPath,
} from "./operand.ts";

/** Changes the item in place. */
export type Update = (item: Item, placeholders: Placeholders) => void;

interface Assignment {
  readonly path: AttributePath;
  readonly value: Operand;
}

/** Throws if it does not know the expression. */
export const parseUpdate = cacheByText((text): Update => {
  const reader = readExpression(text);
  const assignments: Assignment[] = [];
  const removals: AttributePath[] = [];
  while (!reader.isDone()) {
    if (reader.take("SET")) assignments.push(...readList(reader, readAssignment));
    else if (reader.take("REMOVE")) removals.push(...readList(reader, readPath));
    else throw reader.unknownExpression();
  }
  return (item, placeholders) => {
    // All values are of the item before the update.
    const values = assignments.map(({ value }) => value(item, placeholders));
    for (const [i, { path }] of assignments.entries()) setAttribute(item, path(placeholders), values[i]);
    for (const path of removals) setAttribute(item, path(placeholders), undefined);
  };
});

function readAssignment(reader: ExpressionReader): Assignment {
  const path = readPath(reader);
  reader.expect("=");
  const value = readOperand(reader);
  if (!reader.take("+")) return { path, value };
  const more = readOperand(reader);
  return { path, value: (item, placeholders) => Number(value(item, placeholders)) + Number(more(item, placeholders)) };
}

/** Removes the attribute if `value` is `undefined`. */
function setAttribute(item: Item, path: readonly string[], value: unknown): void {
  const name = path.at(-1) ?? "";
  const parent = descend(item, path.slice(0, -1));
  if (!isMap(parent)) throw new Error(`There is no place for ${path.join(".")}`);
  if (value === undefined) delete parent[name];
  else parent[name] = value;
}
