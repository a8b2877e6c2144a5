/** Lays a table out in lines: columns stay where they are, and the last one wraps beside the others or goes below them. */

import { dim, type Piece, textOf, withText } from "./piece.ts";
import { safe, widthOf } from "./safe-text.ts";
import { wrapText } from "./wrap.ts";

export interface Column {
  readonly head: string;
  readonly align?: "right";
  /** Longer text is cut; 48 columns of the terminal unless given, 400 in the last column, which wraps. */
  readonly most?: number;
}

type Row = readonly Piece[];

const MAX_CELL_WIDTH = 48;
const MAX_LAST_CELL_WIDTH = 400;
/** Columns that the last one of a table needs beside the others; else it goes below them. */
const MIN_LAST_WIDTH = 20;
const INDENT = "  ";

/** Where the last column stands, and what stands before each of its lines but the first. */
interface LastColumn {
  readonly below: boolean;
  readonly width: number;
  readonly hang: string;
}

interface Layout {
  readonly columns: readonly Column[];
  readonly widths: readonly number[];
  readonly last: LastColumn;
}

/** @param width columns of the terminal */
export function layOutTable(columns: readonly Column[], rows: readonly Row[], width: number): Piece[][] {
  const safeRows = rows.map((row) =>
    columns.map((column, i) => safeCell(row[i] ?? "", column, i === columns.length - 1)),
  );
  const widths = columns.map(({ head }, i) =>
    Math.max(head.length, ...safeRows.map((row) => widthOf(textOf(row[i] ?? "")))),
  );
  const last = placeLastColumn(widths, width);
  const layout: Layout = { columns, widths: [...widths.slice(0, -1), Math.min(widths.at(-1) ?? 0, last.width)], last };
  const heads = columns.map(({ head }) => dim(head));
  return [heads, ...safeRows].flatMap((row) => layOutRow(row, layout));
}

function safeCell(cell: Piece, { most }: Column, isLast: boolean): Piece {
  return withText(cell, safe(textOf(cell), most ?? (isLast ? MAX_LAST_CELL_WIDTH : MAX_CELL_WIDTH)));
}

/** In a terminal of so many columns: beside the others, or below them. */
function placeLastColumn(widths: readonly number[], across: number): LastColumn {
  const others = widths.slice(0, -1).reduce((sum, width) => sum + width + INDENT.length, INDENT.length);
  const beside = across - others;
  if (beside >= Math.min(MIN_LAST_WIDTH, widths.at(-1) ?? 0) || widths.length === 1)
    return { below: false, width: Math.max(1, beside), hang: " ".repeat(others) };
  const hang = INDENT + INDENT;
  return { below: true, width: Math.max(MIN_LAST_WIDTH, across - hang.length), hang };
}

/** The lines of one row. */
function layOutRow(row: Row, { columns, widths, last }: Layout): Piece[][] {
  const end = columns.length - 1;
  const cellOf = (piece: Piece, i: number) => withText(piece, fill(textOf(piece), widths[i] ?? 0, columns[i]?.align));
  const lastCell = row[end] ?? "";
  const [first = "", ...more] = wrapText(textOf(lastCell), last.width).map((text) =>
    cellOf(withText(lastCell, text), end),
  );
  const others = row.slice(0, end).flatMap((piece, i) => [INDENT, cellOf(piece, i)]);
  const begin = last.below ? [others, [last.hang, first]] : [[...others, INDENT, first]];
  return [...begin, ...more.map((cell) => [last.hang, cell])];
}

function fill(text: string, width: number, align: Column["align"]): string {
  const blanks = " ".repeat(Math.max(0, width - widthOf(text)));
  return align === "right" ? blanks + text : text + blanks;
}
