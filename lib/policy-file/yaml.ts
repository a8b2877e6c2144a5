/** Reads YAML as a policy file may use it: one document of plain mappings, lists and scalars, bounded in size and depth. */

import {
  Composer,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type Pair,
  Parser,
  type Scalar,
} from "yaml";
import { type Path, shownValue } from "./finding.ts";

const MAX_CHARACTERS = 4 * 1024 * 1024;
const MAX_DEPTH = 40;

/** Something that this file may not contain, by its offset in the text. */
export interface YamlProblem {
  readonly offset: number;
  readonly message: string;
  /** The value is read all the same, so that whatever else is wrong in it can be said too. */
  readonly readable?: true;
}

/** `value` is made of objects without a prototype, lists and scalars. */
export interface YamlSource {
  readonly value: unknown;
  readonly problems: readonly YamlProblem[];
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
  problems: [{ offset, message }],
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
  const problems = [...document.errors, ...document.warnings].map(({ pos, code }) => syntaxProblem(pos[0], code));
  if (document.directives.yaml.explicit === true)
    problems.push({ offset: 0, message: "A %YAML directive is not allowed; policy files are YAML 1.2" });
  if (second !== undefined)
    problems.push({ offset: second.range[0], message: "A policy file is one YAML document; here a second one begins" });
  const value = plainValue(document.contents, (problem) => problems.push(problem));
  return { value, problems, offsetOf: (path, at) => offsetOf(document.contents, path, at) };
}

/** The parser's own messages quote the text, which may be a secret: only its code is passed on. */
const syntaxProblem = (offset: number, code: string): YamlProblem => ({
  offset,
  message: `This is not valid YAML (${code.toLowerCase().replaceAll("_", " ")})`,
});

type ReportProblem = (problem: YamlProblem) => void;

function plainValue(node: unknown, report: ReportProblem): unknown {
  refuseExtras(node, report);
  if (isScalar(node)) return plainScalar(node, report);
  if (isSeq(node)) return node.items.map((item) => plainValue(item, report));
  return isMap(node) ? plainMapping(node.items, report) : null;
}

/** `#42` behind a text is a comment to YAML and a part of the text to people: `reason: Ticket #42`. */
function plainScalar({ value, comment, range }: Scalar, report: ReportProblem): unknown {
  const cut = /^[^\s#]\S{0,30}/.exec(comment ?? "")?.[0];
  if (cut !== undefined)
    report({
      offset: range?.[0] ?? 0,
      message: `This ends before ${shownValue(`#${cut}`)}, which is a comment in YAML; put quotes around it, or a blank behind the #`,
      readable: true,
    });
  return value;
}

function refuseExtras(node: unknown, report: ReportProblem): void {
  if (typeof node !== "object" || node === null) return;
  const offset = startOf(node, 0);
  if (isAlias(node)) report({ offset, message: "An alias is not allowed; write the value out" });
  if ("anchor" in node && node.anchor !== undefined) report({ offset, message: "An anchor is not allowed; remove it" });
  if ("tag" in node && typeof node.tag === "string") report({ offset, message: "A tag is not allowed; remove it" });
}

function plainMapping(pairs: readonly Pair[], report: ReportProblem): unknown {
  const map: Record<string, unknown> = Object.create(null);
  for (const { key, value } of pairs) {
    const name = isScalar(key) && key.value !== null ? String(key.value) : undefined;
    refuseExtras(key, report);
    if (name === undefined) report({ offset: startOf(key, startOf(value, 0)), message: "A key must be a plain word" });
    else if (name === "<<")
      report({ offset: startOf(key, 0), message: "A merge key is not allowed; write the keys out" });
    else if (Object.hasOwn(map, name)) report(repeatedKey(name, startOf(key, 0)));
    else map[name] = plainValue(value, report);
  }
  return map;
}

const repeatedKey = (name: string, offset: number): YamlProblem => ({
  offset,
  message: `The key ${/^[A-Za-z_][\w-]{0,63}$/.test(name) ? name : shownValue(name)} stands here a second time; remove one`,
  readable: true,
});

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
