/** DynamoDB's expressions as far as a ledger says them: conditions, key conditions and updates, parsed once for each text. */

export type Item = Record<string, unknown>;

/** The names and values that a command brings along for its expressions. */
export interface Bound {
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

export type Condition = (item: Item, bound: Bound) => boolean;
/** Changes the item in place. */
export type Update = (item: Item, bound: Bound) => void;

type Operand = (item: Item, bound: Bound) => unknown;
type Path = (bound: Bound) => readonly string[];

const TOKEN = /\s*([#:]?\w+|<=|>=|<>|[=<>().,+-])/y;
const COMPARE: Readonly<Record<string, (order: number) => boolean>> = {
  "=": (order) => order === 0,
  "<>": (order) => order !== 0,
  "<": (order) => order < 0,
  "<=": (order) => order <= 0,
  ">": (order) => order > 0,
  ">=": (order) => order >= 0,
};

export const condition = cached((text): Condition => {
  const reader = read(text);
  const parsed = either(reader);
  reader.end();
  return parsed;
});

export const update = cached((text): Update => {
  const reader = read(text);
  const sets: { readonly path: Path; readonly value: Operand }[] = [];
  const removes: Path[] = [];
  while (!reader.done()) {
    if (reader.take("SET")) sets.push(...list(reader, assignment));
    else if (reader.take("REMOVE")) removes.push(...list(reader, path));
    else throw reader.fault();
  }
  return (item, bound) => {
    const found = sets.map(({ path, value }) => ({ path: path(bound), value: value(item, bound) }));
    for (const { path, value } of found) place(item, path, value);
    for (const gone of removes) place(item, gone(bound), undefined);
  };
});

function cached<T>(parse: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const parsed = known.get(text) ?? parse(text);
    known.set(text, parsed);
    return parsed;
  };
}

interface Reader {
  peek(): string;
  next(): string;
  /** Takes the next word if it is this one. */
  take(word: string): boolean;
  expect(word: string): void;
  done(): boolean;
  end(): void;
  fault(): Error;
}

function read(text: string): Reader {
  const words = [...text.trim().matchAll(new RegExp(TOKEN, "g"))].map((match) => match[1] ?? "");
  const known = words.join("") === text.replace(/\s/g, "");
  let at = 0;
  const fault = () => new Error(`The benchmark's ledger does not know this expression: ${text}`);
  if (!known) throw fault();
  const reader: Reader = {
    peek: () => words[at] ?? "",
    next: () => words[at++] ?? "",
    take(word) {
      if (words[at] !== word) return false;
      at++;
      return true;
    },
    expect(word) {
      if (!reader.take(word)) throw fault();
    },
    done: () => at === words.length,
    end() {
      if (!reader.done()) throw fault();
    },
    fault,
  };
  return reader;
}

function list<T>(reader: Reader, one: (reader: Reader) => T): T[] {
  const all = [one(reader)];
  while (reader.take(",")) all.push(one(reader));
  return all;
}

function either(reader: Reader): Condition {
  const left = both(reader);
  if (!reader.take("OR")) return left;
  const right = either(reader);
  return (item, bound) => left(item, bound) || right(item, bound);
}

function both(reader: Reader): Condition {
  const left = term(reader);
  if (!reader.take("AND")) return left;
  const right = both(reader);
  return (item, bound) => left(item, bound) && right(item, bound);
}

function term(reader: Reader): Condition {
  if (reader.take("(")) return closing(reader, either(reader));
  if (reader.take("attribute_exists")) return existing(reader, true);
  if (reader.take("attribute_not_exists")) return existing(reader, false);
  if (reader.take("begins_with")) return beginning(reader);
  return comparing(reader);
}

function closing<T>(reader: Reader, parsed: T): T {
  reader.expect(")");
  return parsed;
}

function existing(reader: Reader, wanted: boolean): Condition {
  reader.expect("(");
  const value = closing(reader, attribute(reader));
  return (item, bound) => (value(item, bound) !== undefined) === wanted;
}

function beginning(reader: Reader): Condition {
  reader.expect("(");
  const [value, start] = closing(reader, list(reader, operand));
  return (item, bound) => {
    const text = value?.(item, bound);
    return typeof text === "string" && text.startsWith(String(start?.(item, bound)));
  };
}

function comparing(reader: Reader): Condition {
  const left = operand(reader);
  if (reader.take("BETWEEN")) {
    const low = operand(reader);
    reader.expect("AND");
    const high = operand(reader);
    const within = (a: unknown, b: unknown) => a !== undefined && compare(a, b) <= 0;
    return (item, bound) => {
      const value = left(item, bound);
      return within(low(item, bound), value) && value !== undefined && within(value, high(item, bound));
    };
  }
  const holds = COMPARE[reader.next()];
  if (!holds) throw reader.fault();
  const right = operand(reader);
  return (item, bound) => {
    const [a, b] = [left(item, bound), right(item, bound)];
    return a !== undefined && b !== undefined && holds(compare(a, b));
  };
}

/** Numbers by size, strings by their UTF-8 bytes; anything else is only equal or not. */
export function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string")
    return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
  return JSON.stringify(a) === JSON.stringify(b) ? 0 : Number.NaN;
}

function assignment(reader: Reader): { path: Path; value: Operand } {
  const target = path(reader);
  reader.expect("=");
  const value = operand(reader);
  if (!reader.take("+")) return { path: target, value };
  const more = operand(reader);
  return { path: target, value: (item, bound) => Number(value(item, bound)) + Number(more(item, bound)) };
}

function operand(reader: Reader): Operand {
  if (reader.take("if_not_exists")) return choosing(reader, ([value, instead]) => value ?? instead);
  if (reader.take("list_append")) return choosing(reader, (lists) => lists.flat());
  if (!reader.peek().startsWith(":")) return attribute(reader);
  const name = reader.next();
  return (_, { values }) => values[name];
}

function choosing(reader: Reader, choose: (values: readonly unknown[]) => unknown): Operand {
  reader.expect("(");
  const operands = closing(reader, list(reader, operand));
  return (item, bound) => choose(operands.map((value) => value(item, bound)));
}

function attribute(reader: Reader): Operand {
  const place = path(reader);
  return (item, bound) => place(bound).reduce<unknown>((value, name) => (isMap(value) ? value[name] : undefined), item);
}

function path(reader: Reader): Path {
  const words = [reader.next()];
  while (reader.take(".")) words.push(reader.next());
  return ({ names }) => words.map((word) => names[word] ?? word);
}

const isMap = (value: unknown): value is Item => typeof value === "object" && value !== null && !Array.isArray(value);

function place(item: Item, path: readonly string[], value: unknown): void {
  const last = path.at(-1) ?? "";
  const parent = path.slice(0, -1).reduce<unknown>((at, name) => (isMap(at) ? at[name] : undefined), item);
  if (!isMap(parent)) throw new Error(`There is no place for ${path.join(".")}`);
  if (value === undefined) delete parent[last];
  else parent[last] = value;
}
