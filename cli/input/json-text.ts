/** Reads JSON that a person wrote: says line and column of a mistake, and takes no key twice. Never shows any of the text. */

export interface TextMistake {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export type JsonReading = { readonly value: unknown } | { readonly mistake: TextMistake };

export function readJson(text: string): JsonReading {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { mistake: { ...placeOf(text, mistakeOffset(text, error)), message: "this is not JSON" } };
  }
  const offset = findRepeatedKey(text);
  if (offset === undefined) return { value };
  return { mistake: { ...placeOf(text, offset), message: "this key is given a second time; remove one" } };
}

/** As the parser says it; the end of the text where it does not. */
function mistakeOffset(text: string, error: unknown): number {
  const position = /at position (\d+)/.exec(error instanceof Error ? error.message : "")?.[1];
  return position === undefined ? text.length : Number(position);
}

function placeOf(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** A string with what follows it, where that makes it a key; and what begins and ends an object. */
const TOKEN = /("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/gs;

/** Where a key of an object stands again. @param text is JSON */
function findRepeatedKey(text: string): number | undefined {
  const objects: Set<string>[] = [];
  for (const { 0: token, 1: quoted, 2: colon, index } of text.matchAll(TOKEN)) {
    if (token === "{") objects.push(new Set());
    if (token === "}") objects.pop();
    if (quoted === undefined || colon === undefined) continue;
    const key: string = JSON.parse(quoted);
    const keys = objects.at(-1);
    if (keys?.has(key)) return index;
    keys?.add(key);
  }
  return undefined;
}
