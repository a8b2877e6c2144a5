/** Breaks text into lines: between words where it can, and in a word only where the word is wider than the line. */

import { graphemesOf, widthOf } from "./safe-text.ts";

export interface TextSpan {
  readonly from: number;
  readonly to: number;
}

/** The lines of a text that break between words; the ones after the first have `hang` columns less. */
export function splitAtWords(text: string, width: number, hang: number): TextSpan[] {
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
export const wrapText = (text: string, width: number): string[] =>
  splitAtWords(text, width, 0).flatMap(({ from, to }) => breakWord(text.slice(from, to), width));

function breakWord(text: string, width: number): string[] {
  if (widthOf(text) <= width) return [text];
  const lines = [""];
  for (const grapheme of graphemesOf(text)) {
    const line = lines.at(-1) ?? "";
    if (line !== "" && widthOf(line + grapheme) > width) lines.push(grapheme);
    else lines[lines.length - 1] = line + grapheme;
  }
  return lines;
}
