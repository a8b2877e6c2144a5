/** What a write asks of DynamoDB, put into its expressions. */

/**
 * A write. An expression says `#name` for an attribute and `:name` for a value; the names are filled in, so that no reserved
 * word of DynamoDB matters and no foreign text becomes part of an expression.
 */
export interface ItemUpdate extends Condition {
  readonly set?: readonly string[];
  readonly remove?: readonly string[];
}

export interface Condition {
  /** Must hold for anything to be written. */
  readonly when?: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

/** What an update command needs beside its key. */
export function updateInput({ set = [], remove = [], when, values }: ItemUpdate) {
  const update = [clause("SET", set), clause("REMOVE", remove)].join(" ");
  return { UpdateExpression: update, ...conditionOf(when), ...bindNames([update, when ?? ""], values) };
}

/** What a put command needs beside its item. */
export const putInput = ({ when, values }: Condition) => ({
  ...conditionOf(when),
  ...bindNames([when ?? ""], values),
});

const conditionOf = (when: string | undefined) => (when === undefined ? {} : { ConditionExpression: when });

const clause = (word: string, parts: readonly string[]) => (parts.length > 0 ? `${word} ${parts.join(", ")}` : "");

/** The names and values that these expressions mention. DynamoDB refuses empty ones. */
export function bindNames(expressions: readonly string[], values: Readonly<Record<string, unknown>> = {}) {
  const names = expressions.flatMap((text) => [...text.matchAll(/#(\w+)/g)].map(([mark, word]) => [mark, word]));
  const bound = Object.entries(values).map(([name, value]) => [`:${name}`, value]);
  return {
    ...(names.length > 0 ? { ExpressionAttributeNames: Object.fromEntries(names) } : {}),
    ...(bound.length > 0 ? { ExpressionAttributeValues: Object.fromEntries(bound) } : {}),
  };
}
