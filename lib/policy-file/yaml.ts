/** Reads YAML as a policy file may use it: one document of plain mappings, lists and scalars, bounded in size and depth. */

import { Composer, type Document, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, type Pair, Parser } from "yaml";
import type { Path } from "./finding.ts";

const MAX_CHARACTERS = 4 * 1024 * 1024;
const MAX_DEPTH = 40;

/** Something that this file may not contain, by its offset in the text. */
export interface YamlProblem {
  readonly offset: number;
  readonly message: string;
}

/** `value` is made of objects without a prototype, lists and scalars. */
export interface YamlSource {
  readonly value: unknown;
  readonly faults: readonly YamlProblem[];
  /** Where the key at the end of the path stands, or its value; of what is not there, the mapping it is missing from. */
  offsetOf(path: Path, at: "key" | "value"): number;
}

/** Line and column of an offset, both from 1. */
export interface Lines {
  linePos(offset: number): { line: number; col: number };
}

/** Throws nothing for any text that fits in memory, but what the parser itself may throw. */
export function readYaml(text: string): { source: YamlSource; lines: Lines } {
  const lines = new LineCounter();
  if (text.length > MAX_CHARACTERS)
    return { source: rejected(0, `The policy file is longer than ${MAX_CHARACTERS} characters`), lines };
  const composed = compose(text, lines);
  return { source: Array.isArray(composed) ? readDocument(composed) : composed, lines };
}

const rejected = (offset: number, message: string): YamlSource => ({
  value: undefined,
  faults: [{ offset, message }],
  offsetOf: () => offset,
});

function compose(text: string, lines: LineCounter): Document.Parsed[] | YamlSource {
  const parser = new Parser(lines.addNewLine);
  // The check for unique keys takes quadratic time; ours does not.
  const composer = new Composer({ version: "1.2", schema: "core", merge: false, uniqueKeys: false, strict: true });
  const documents: Document.Parsed[] = [];
  lines.addNewLine(0);
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    // The composer recurses: what is too deep must not reach it.
    if (parser.stack.length > MAX_DEPTH)
      return rejected(parser.offset, `This is nested more than ${MAX_DEPTH} levels deep`);
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end());
  return documents;
}

function readDocument([document, second]: readonly Document.Parsed[]): YamlSource {
  if (document === undefined) return rejected(0, "The policy file is empty; run `mfa-warden init` to write one");
  const faults = [...document.errors, ...document.warnings].map(({ pos, code }) => syntaxProblem(pos[0], code));
  if (document.directives.yaml.explicit === true)
    faults.push({ offset: 0, message: "A %YAML directive is not allowed; policy files are YAML 1.2" });
  if (second !== undefined)
    faults.push({ offset: second.range[0], message: "A policy file is one YAML document; here a second one begins" });
  const value = plainValue(document.contents, (offset, message) => faults.push({ offset, message }));
  return { value, faults, offsetOf: (path, at) => offsetOf(document.contents, path, at) };
}

/** The parser's own messages quote the text, which may be a secret: only its code is passed on. */
const syntaxProblem = (offset: number, code: string): YamlProblem => ({
  offset,
  message: `This is not valid YAML (${code.toLowerCase().replaceAll("_", " ")})`,
});

type ReportProblem = (offset: number, message: string) => void;

function plainValue(node: unknown, report: ReportProblem): unknown {
  refuseExtras(node, report);
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map((item) => plainValue(item, report));
  return isMap(node) ? plainMapping(node.items, report) : null;
}

function refuseExtras(node: unknown, report: ReportProblem): void {
  if (typeof node !== "object" || node === null) return;
  const offset = startOf(node, 0);
  if (isAlias(node)) report(offset, "An alias is not allowed; write the value out");
  if ("anchor" in node && node.anchor !== undefined) report(offset, "An anchor is not allowed; remove it");
  if ("tag" in node && typeof node.tag === "string") report(offset, "A tag is not allowed; remove it");
}

function plainMapping(pairs: readonly Pair[], report: ReportProblem): unknown {
  const map: Record<string, unknown> = Object.create(null);
  for (const { key, value } of pairs) {
    const name = isScalar(key) && key.value !== null ? String(key.value) : undefined;
    refuseExtras(key, report);
    if (name === undefined) report(startOf(key, startOf(value, 0)), "A key must be a plain word");
    else if (name === "<<") report(startOf(key, 0), "A merge key is not allowed; write the keys out");
    else if (Object.hasOwn(map, name)) report(startOf(key, 0), "This mapping has this key already");
    else map[name] = plainValue(value, report);
  }
  return map;
}

const startOf = (node: unknown, otherwise: number): number =>
  typeof node === "object" && node !== null && "range" in node && Array.isArray(node.range)
    ? Number(node.range[0])
    : otherwise;

function offsetOf(node: unknown, path: Path, at: "key" | "value", above = 0): number {
  const here = startOf(node, above);
  const [step, ...rest] = path;
  if (step === undefined) return here;
  if (isSeq(node)) return offsetOf(node.items[Number(step)], rest, at, here);
  const pair = isMap(node) ? node.items.find(({ key }) => isScalar(key) && String(key.value) === step) : undefined;
  if (pair === undefined) return here;
  const key = startOf(pair.key, here);
  return rest.length === 0 && at === "key" ? key : offsetOf(pair.value, rest, at, key);
}
