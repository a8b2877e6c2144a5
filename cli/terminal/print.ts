/** What people see: lines and tables in which no foreign text can break anything, and JSON for machines. */

import { styleText } from "node:util";
import { type Piece, textOf, withText } from "./piece.ts";
import { safe, safeJson, safeJsonLine } from "./safe-text.ts";
import { type Column, layOutTable } from "./table.ts";
import { splitAtWords } from "./wrap.ts";

export interface Screen {
  /** On a terminal a long one wraps at words. */
  line(...pieces: Piece[]): void;
  table(columns: readonly Column[], rows: readonly (readonly Piece[])[]): void;
  /** One JSON value and nothing else. */
  json(value: unknown): void;
  /** One of many JSON values, on a line of its own. */
  jsonLine(value: unknown): void;
}

const INDENT = "  ";
/** To be copied whole: a terminal's own wrapping adds no line break. */
const COPIED = /^ *(?:(?:warden|npm|npx|curl|cp) |[{["])/;
const DEFAULT_WIDTH = 80;

/** Colours only where the stream is a terminal that wants them (`NO_COLOR`, `FORCE_COLOR`). */
export function openScreen(stream: NodeJS.WriteStream): Screen {
  const width = () => (stream.isTTY ? stream.columns || DEFAULT_WIDTH : Number.POSITIVE_INFINITY);
  const paint = (piece: Piece) =>
    typeof piece === "object" && piece.text !== "" ? styleText(piece.style, piece.text, { stream }) : textOf(piece);
  const write = (pieces: readonly Piece[]) => void stream.write(`${pieces.map(paint).join("").trimEnd()}\n`);
  return {
    line: (...pieces) => layOutLine(pieces, width()).forEach(write),
    table: (columns, rows) => layOutTable(columns, rows, width()).forEach(write),
    json: (value) => void stream.write(`${safeJson(value)}\n`),
    jsonLine: (value) => void stream.write(`${safeJsonLine(value)}\n`),
  };
}

/** The lines of a text that wraps at words; those after the first are indented two columns deeper. */
function layOutLine(pieces: readonly Piece[], width: number): Piece[][] {
  const safePieces = pieces.map((piece) => withText(piece, safe(textOf(piece))));
  const text = safePieces.map(textOf).join("");
  if (COPIED.test(text)) return [safePieces];
  const hang = /^ */.exec(text)?.[0] + INDENT;
  return splitAtWords(text, width, hang.length).map(({ from, to }, n) => {
    const part = slicePieces(safePieces, from, to);
    return n === 0 ? part : [hang, ...part];
  });
}

/** What stands from one character of the whole text to another. */
function slicePieces(pieces: readonly Piece[], from: number, to: number): Piece[] {
  let at = 0;
  return pieces.map((piece) => {
    const text = textOf(piece);
    const part = withText(piece, text.slice(Math.max(0, from - at), Math.max(0, to - at)));
    at += text.length;
    return part;
  });
}
