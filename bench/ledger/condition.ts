/** DynamoDB's conditions and key conditions, as far as a ledger says them. */
import { cacheByText, type ExpressionReader, readExpression, readInBrackets, readList } from "./expression-reader.ts";
import { compareValues, type Item, type Operand, type Placeholders, readAttribute, readOperand } from "./operand.ts";

export type Condition = (item: Item, placeholders: Placeholders) => boolean;

const COMPARISONS: Readonly<Record<string, (order: number) => boolean>> = {
  "=": (order) => order === 0,
  "<>": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

/** Throws if it does not know the expression. */
export const parseCondition = cacheByText((text): Condition => {
  const reader = readExpression(text);
  const condition = readEither(reader);
  reader.end();
  return condition;
});

function readEither(reader: ExpressionReader): Condition {
  const left = readBoth(reader);
  if (!reader.take("OR")) return left;
  const right = readEither(reader);
  return (item, placeholders) => left(item, placeholders) || right(item, placeholders);
}

function readBoth(reader: ExpressionReader): Condition {
  const left = readTerm(reader);
  if (!reader.take("AND")) return left;
  const right = readBoth(reader);
  return (item, placeholders) => left(item, placeholders) && right(item, placeholders);
}

function readTerm(reader: ExpressionReader): Condition {
  if (reader.peek() === "(") return readInBrackets(reader, readEither);
  if (reader.take("attribute_exists")) return readExistence(reader, true);
  if (reader.take("attribute_not_exists")) return readExistence(reader, false);
  if (reader.take("begins_with")) return readBeginning(reader);
  return readComparison(reader);
}

function readExistence(reader: ExpressionReader, expected: boolean): Condition {
  const attribute = readInBrackets(reader, readAttribute);
  return (item, placeholders) => (attribute(item, placeholders) !== undefined) === expected;
}

function readBeginning(reader: ExpressionReader): Condition {
  const [value, start] = readInBrackets(reader, () => readList(reader, readOperand));
  return (item, placeholders) => {
    const text = value?.(item, placeholders);
    return typeof text === "string" && text.startsWith(String(start?.(item, placeholders)));
  };
}

function readComparison(reader: ExpressionReader): Condition {
  const left = readOperand(reader);
  if (reader.take("BETWEEN")) {
    const low = readOperand(reader);
    reader.expect("AND");
    const high = readOperand(reader);
    return (item, placeholders) => {
      const value = left(item, placeholders);
      return isOrdered(low(item, placeholders), value) && isOrdered(value, high(item, placeholders));
    };
  }
  if (reader.take("IN")) return readMembership(reader, left);
  const holds = COMPARISONS[reader.next()];
  if (!holds) throw reader.unknownExpression();
  const right = readOperand(reader);
  return (item, placeholders) => {
    const [a, b] = [left(item, placeholders), right(item, placeholders)];
    return a !== undefined && b !== undefined && holds(compareValues(a, b));
  };
}

function readMembership(reader: ExpressionReader, left: Operand): Condition {
  const members = readInBrackets(reader, () => readList(reader, readOperand));
  return (item, placeholders) => {
    const value = left(item, placeholders);
    const isEqual = (member: unknown) =>
      value !== undefined && member !== undefined && compareValues(value, member) === 0;
    return members.some((member) => isEqual(member(item, placeholders)));
  };
}

const isOrdered = (low: unknown, high: unknown): boolean =>
  low !== undefined && high !== undefined && compareValues(low, high) <= 0;
