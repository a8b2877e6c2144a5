/** What people see: lines and tables in which no foreign text can break anything, and JSON for machines. */

import { styleText } from "node:util";

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";
export interface Span {
  readonly text: string;
  readonly style: Style;
}
/** A piece of a line or a table's cell. Whatever is in it is made safe before it is shown. */
export type Piece = string | number | Span;

const span =
  (style: Style) =>
  (text: string | number): Span => ({ text: String(text), style });
export const bold = span("bold");
export const dim = span("dim");
export const red = span("red");
export const green = span("green");
export const yellow = span("yellow");
export const cyan = span("cyan");

export interface Column {
  readonly head: string;
  readonly align?: "right";
  /** Longer text is cut; 48 columns of the terminal unless given. */
  readonly most?: number;
}

export interface Screen {
  line(...pieces: Piece[]): void;
  table(columns: readonly Column[], rows: readonly (readonly Piece[])[]): void;
  /** One JSON value and nothing else. */
  json(value: unknown): void;
}

const MOST = 48;
const INDENT = "  ";

/** Colours only where the stream is a terminal that wants them (`NO_COLOR`, `FORCE_COLOR`). */
export function openScreen(stream: NodeJS.WriteStream): Screen {
  const write = (line: string) => void stream.write(`${line.trimEnd()}\n`);
  const paint = (piece: Piece, text: string) =>
    typeof piece === "object" ? styleText(piece.style, text, { stream }) : text;
  const line = (...pieces: Piece[]) => write(pieces.map((piece) => paint(piece, safe(textOf(piece)))).join(""));

  function table(columns: readonly Column[], rows: readonly (readonly Piece[])[]): void {
    const shown = rows.map((row) => columns.map(({ most = MOST }, i) => safe(textOf(row[i] ?? ""), most)));
    const widths = columns.map(({ head }, i) => Math.max(head.length, ...shown.map((row) => widthOf(row[i] ?? ""))));
    const last = columns.length - 1;
    const left = lastWidth(widths);
    for (const row of shown) row[last] = safe(row[last] ?? "", left);
    const align = (text: string, i: number) => fill(text, widths[i] ?? 0, columns[i]?.align);
    write(INDENT + columns.map(({ head }, i) => styleText("dim", align(head, i), { stream })).join(INDENT));
    for (const [n, row] of shown.entries())
      write(INDENT + row.map((text, i) => paint(rows[n]?.[i] ?? "", align(text, i))).join(INDENT));
  }

  /** On a terminal a line must not wrap: the last column gives way. */
  function lastWidth(widths: readonly number[]): number {
    if (!stream.isTTY) return Number.POSITIVE_INFINITY;
    const others = widths.slice(0, -1).reduce((sum, width) => sum + width + INDENT.length, INDENT.length);
    return Math.max(20, stream.columns - others - 1);
  }

  return { line, table, json: (value) => void stream.write(`${jsonText(value)}\n`) };
}

const textOf = (piece: Piece) => (typeof piece === "object" ? piece.text : String(piece));

function fill(text: string, width: number, align: Column["align"]): string {
  const blanks = " ".repeat(Math.max(0, width - widthOf(text)));
  return align === "right" ? blanks + text : text + blanks;
}

/** Control, bidirectional, format and unassigned characters, half surrogate pairs, and the separators that break lines. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu;
/** More marks on one letter than any script puts there: they would run over the lines around. */
const HEAPED = /(\p{M}{4})\p{M}+/gu;

/** Foreign text for a terminal: what cannot be seen, or would act, is shown as ␛ or \u{202e}; then cut to `width` columns. */
export function safe(text: string, width = Number.POSITIVE_INFINITY): string {
  return cut(text.replace(UNSAFE, visible).replace(HEAPED, "$1"), width);
}

function visible(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? "\u2421" : `\\u{${code.toString(16)}}`;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const WIDE =
  /\p{Emoji_Presentation}|\p{Regional_Indicator}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const columnsOf = (grapheme: string) => (WIDE.test(grapheme) ? 2 : 1);

/** Columns of a terminal that text without control characters takes. */
export function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += columnsOf(segment);
  return width;
}

function cut(text: string, width: number): string {
  if (text.length <= width / 2 || widthOf(text) <= width) return text;
  let kept = "";
  let room = width - 1;
  for (const { segment } of graphemes.segment(text)) {
    room -= columnsOf(segment);
    if (room < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** JSON keeps data as data; what a terminal would act upon is escaped, which means the same to every parser. */
function jsonText(value: unknown): string {
  const harmless = (char: string) =>
    char === "\n" ? char : Array.from({ length: char.length }, (_, i) => escaped(char.charCodeAt(i))).join("");
  return JSON.stringify(value, null, 2).replace(UNSAFE, harmless);
}

const escaped = (unit: number) => `\\u${unit.toString(16).padStart(4, "0")}`;
