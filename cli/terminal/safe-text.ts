/** Foreign text for a terminal: nothing in it acts, and it takes no more columns than it is given. */

/** Control, bidirectional, format and unassigned characters, half surrogate pairs, and the separators that break lines. */
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu;
/** More marks on one letter than any script puts there: they would run over the lines around. */
const HEAPED_MARKS = /(\p{M}{4})\p{M}+/gu;

/** What cannot be seen, or would act, is shown as ␛ or \u{202e}; then the text is cut to `width` columns. */
export function safe(text: string, width = Number.POSITIVE_INFINITY): string {
  return cutToWidth(text.replace(UNSAFE, toVisible).replace(HEAPED_MARKS, "$1"), width);
}

function toVisible(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return code === 0x7f ? "\u2421" : `\\u{${code.toString(16)}}`;
}

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });
const WIDE =
  /\p{Emoji_Presentation}|\p{Regional_Indicator}|\ufe0f|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const graphemeWidth = (grapheme: string) => (WIDE.test(grapheme) ? 2 : 1);

/** What a reader takes for one character, in order. */
export const graphemesOf = (text: string): string[] => Array.from(graphemes.segment(text), ({ segment }) => segment);

/** Columns of a terminal that text without control characters takes. */
export function widthOf(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  return graphemesOf(text).reduce((width, grapheme) => width + graphemeWidth(grapheme), 0);
}

function cutToWidth(text: string, width: number): string {
  if (text.length <= width / 2 || widthOf(text) <= width) return text;
  let kept = "";
  let room = width - 1;
  for (const { segment } of graphemes.segment(text)) {
    room -= graphemeWidth(segment);
    if (room < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** JSON keeps data as data; what a terminal would act upon is escaped, which means the same to every parser. */
export function safeJson(value: unknown): string {
  const escapeUnits = (char: string) =>
    char === "\n" ? char : Array.from({ length: char.length }, (_, i) => escapeUnit(char.charCodeAt(i))).join("");
  return JSON.stringify(value, null, 2).replace(UNSAFE, escapeUnits);
}

/** On one line and plain ASCII, so that nothing in it acts on a terminal and every parser reads the same. */
export const safeJsonLine = (value: unknown): string =>
  JSON.stringify(value).replace(/[^\x20-\x7e]/g, (char) => escapeUnit(char.charCodeAt(0)));

const escapeUnit = (unit: number) => `\\u${unit.toString(16).padStart(4, "0")}`;
