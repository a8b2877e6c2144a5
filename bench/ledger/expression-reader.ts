/** DynamoDB's expressions cut into words, which a parser takes one after another. */

export interface ExpressionReader {
  peek(): string;
  next(): string;
  /** Takes the next word if it is this one. */
  take(word: string): boolean;
  /** Takes the next word, and throws if it is another one. */
  expect(word: string): void;
  isDone(): boolean;
  /** Throws if a word is left. */
  end(): void;
  /** The error for an expression that the parser does not know. */
  unknownExpression(): Error;
}

const WORD = /\s*([#:]?\w+|<=|>=|<>|[=<>().,+-])/g;

/** Throws if the text holds anything else than words that DynamoDB knows. */
export function readExpression(text: string): ExpressionReader {
  const words = Array.from(text.trim().matchAll(WORD), (match) => match[1] ?? "");
  const unknownExpression = () => new Error(`The benchmark's ledger does not know this expression: ${text}`);
  if (words.join("") !== text.replace(/\s/g, "")) throw unknownExpression();
  let position = 0;
  const take = (word: string) => {
    if (words[position] !== word) return false;
    position++;
    return true;
  };
  return {
    peek: () => words[position] ?? "",
    next: () => words[position++] ?? "",
    take,
    expect(word) {
      if (!take(word)) throw unknownExpression();
    },
    isDone: () => position === words.length,
    end() {
      if (position < words.length) throw unknownExpression();
    },
    unknownExpression,
  };
}

/** Reads one or more, with commas between them. */
export function readList<T>(reader: ExpressionReader, readOne: (reader: ExpressionReader) => T): T[] {
  const all = [readOne(reader)];
  while (reader.take(",")) all.push(readOne(reader));
  return all;
}

/** Reads what stands in brackets. */
export function readInBrackets<T>(reader: ExpressionReader, readInside: (reader: ExpressionReader) => T): T {
  reader.expect("(");
  const inside = readInside(reader);
  reader.expect(")");
  return inside;
}

/** Parses each text once. */
export function cacheByText<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const parsed = known.get(text) ?? parse(text);
    known.set(text, parsed);
    return parsed;
  };
}
