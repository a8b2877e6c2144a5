/** Pieces of text with a style, of which lines and tables are made. */

export type Style = "bold" | "dim" | "red" | "green" | "yellow" | "cyan";

export interface StyledText {
  readonly text: string;
  readonly style: Style;
}

/** A piece of a line or a table's cell. Whatever is in it is made safe before it is shown. */
export type Piece = string | number | StyledText;

const styled =
  (style: Style) =>
  (text: string | number): StyledText => ({ text: String(text), style });
export const bold = styled("bold");
export const dim = styled("dim");
export const red = styled("red");
export const green = styled("green");
export const yellow = styled("yellow");
export const cyan = styled("cyan");

export const textOf = (piece: Piece): string => (typeof piece === "object" ? piece.text : String(piece));

/** Other text in the same style. */
export const withText = (piece: Piece, text: string): Piece =>
  typeof piece === "object" ? { text, style: piece.style } : text;
