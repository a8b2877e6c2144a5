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
  /** Longer text is cut; 48 columns of the terminal unless given, 400 in the last column, which wraps. */
  readonly most?: number;
}

export interface Screen {
  /** On a terminal a long one wraps at words. */
  line(...pieces: Piece[]): void;
  table(columns: readonly Column[], rows: readonly (readonly Piece[])[]): void;
  /** One JSON value and nothing else. */
  json(value: unknown): void;
}

const MOST = 48;
const LAST_MOST = 400;
/** Columns that the last one of a table needs beside the others; else it goes below them. */
const LAST_LEAST = 20;
const INDENT = "  ";
/** To be copied whole: a terminal's own wrapping adds no line break. */
const COPIED = /^ *(?:(?:npm|curl|cp) |[{["])/;

/** Colours only where the stream is a terminal that wants them (`NO_COLOR`, `FORCE_COLOR`). */
export function openScreen(stream: NodeJS.WriteStream): Screen {
  const write = (line: string) => void stream.write(`${line.trimEnd()}\n`);
  const paint = (piece: Piece, text: string) =>
    typeof piece === "object" ? styleText(piece.style, text, { stream }) : text;
  const across = () => (stream.isTTY ? stream.columns || 80 : Number.POSITIVE_INFINITY);

  function line(...pieces: Piece[]): void {
    const texts = pieces.map((piece) => safe(textOf(piece)));
    const whole = texts.join("");
    const hang = /^ */.exec(whole)?.[0] + INDENT;
    const spans = COPIED.test(whole) ? [{ from: 0, to: whole.length }] : wordSpans(whole, across(), hang.length);
    for (const [n, { from, to }] of spans.entries()) {
      let at = 0;
      const painted = pieces.map((piece, i) => {
        const text = texts[i] ?? "";
        const part = text.slice(Math.max(0, from - at), Math.max(0, to - at));
        at += text.length;
        return part && paint(piece, part);
      });
      write((n === 0 ? "" : hang) + painted.join(""));
    }
  }

  function table(columns: readonly Column[], rows: readonly (readonly Piece[])[]): void {
    const last = columns.length - 1;
    const most = columns.map((column, i) => column.most ?? (i === last ? LAST_MOST : MOST));
    const shown = rows.map((row) => columns.map((_, i) => safe(textOf(row[i] ?? ""), most[i])));
    const widths = columns.map(({ head }, i) => Math.max(head.length, ...shown.map((row) => widthOf(row[i] ?? ""))));
    const place = placeLast(widths, across());
    widths[last] = Math.min(widths[last] ?? 0, place.width);
    const show = (texts: readonly string[], style: (text: string, i: number) => string) => {
      const cell = (text: string, i: number) => style(fill(text, widths[i] ?? 0, columns[i]?.align), i);
      const [first = "", ...more] = wrap(texts[last] ?? "", place.width).map((text) => cell(text, last));
      const row = INDENT + texts.slice(0, last).map(cell).join(INDENT);
      if (place.below) write(row);
      write(place.below ? place.hang + first : (last > 0 ? row + INDENT : row) + first);
      for (const text of more) write(place.hang + text);
    };
    show(
      columns.map(({ head }) => head),
      (text) => styleText("dim", text, { stream }),
    );
    for (const [n, row] of shown.entries()) show(row, (text, i) => paint(rows[n]?.[i] ?? "", text));
  }

  return { line, table, json: (value) => void stream.write(`${jsonText(value)}\n`) };
}

/** Where a table's last column stands in a terminal of so many columns: beside the others, or below them. */
function placeLast(widths: readonly number[], across: number): { below: boolean; width: number; hang: string } {
  const others = widths.slice(0, -1).reduce((sum, width) => sum + width + INDENT.length, INDENT.length);
  const beside = across - others;
  if (beside >= Math.min(LAST_LEAST, widths.at(-1) ?? 0) || widths.length === 1)
    return { below: false, width: Math.max(1, beside), hang: " ".repeat(others) };
  const hang = INDENT + INDENT;
  return { below: true, width: Math.max(LAST_LEAST, across - hang.length), hang };
}

interface TextSpan {
  readonly from: number;
  readonly to: number;
}

/** The lines of a text that break between words; the ones after the first have `hang` columns less. */
function wordSpans(text: string, width: number, hang: number): TextSpan[] {
  if (widthOf(text) <= width) return [{ from: 0, to: text.length }];
  const spans: TextSpan[] = [];
  let [from, to] = [0, 0];
  for (const { 0: word, index } of text.matchAll(/ *[^ ]+/g)) {
    const end = index + word.length;
    const room = spans.length === 0 ? width : width - hang;
    if (to > from && widthOf(text.slice(from, end)) > room) {
      spans.push({ from, to });
      from = end - word.trimStart().length;
    }
    to = end;
  }
  return [...spans, { from, to }];
}

/** No line is wider: a word that would be is broken. At least one line. */
function wrap(text: string, width: number): string[] {
  return wordSpans(text, width, 0).flatMap(({ from, to }) => chop(text.slice(from, to), width));
}

function chop(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text];
  const lines = [""];
  for (const { segment } of graphemes.segment(text)) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && widthOf(line + segment) > width) lines.push(segment);
    else lines[lines.length - 1] = line + segment;
  }
  return lines;
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
