/** Strings from outside, made harmless for a place where they are shown or parsed; each keeps what can be kept of them. */

/** Fast path: most names are this. */
const PLAIN = /^[\x20-\x7e]*$/;
/** Controls, marks that turn the reading direction, line separators, and what no XML may hold. */
const INVISIBLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/gu;

/**
 * One line of text that shows what it holds: a control character becomes its picture (`␛`), a mark that would turn the
 * reading direction, a lone surrogate or a non-character becomes U+FFFD. Fits XML 1.0.
 */
export const showControls = (text: string): string =>
  PLAIN.test(text) ? text : text.toWellFormed().replace(INVISIBLE, pictureOf);

function pictureOf(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? "\u2421" : "\ufffd";
}

/** `showControls`, and at most so many bytes of UTF-8; never empty, never with a blank at either end. */
export function shorten(text: string, most: number): string {
  const shown = showControls(text).trim();
  if (shown.length * 3 <= most || Buffer.byteLength(shown) <= most) return shown || "(empty)";
  const bytes = Buffer.from(shown).subarray(0, most - 3);
  // A decoder that expects more leaves a character out that the cut went through.
  return `${new TextDecoder().decode(bytes, { stream: true }).trimEnd()}…`;
}

/** What a JSON text may hold and a line reader, a terminal or a strict parser trips over. */
const UNSAFE_IN_JSON = /\\ud|[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufffe\uffff]/;
const EACH_UNSAFE_IN_JSON = new RegExp(UNSAFE_IN_JSON.source.slice("\\\\ud|".length), "g");

/** JSON on one line for every reader of lines: nothing is lost but lone surrogates, which become U+FFFD. */
export function jsonLine(value: unknown): string {
  const text = JSON.stringify(value);
  if (!UNSAFE_IN_JSON.test(text)) return text;
  return JSON.stringify(value, wellFormed).replace(EACH_UNSAFE_IN_JSON, escapeUnit);
}

const wellFormed = (_: string, value: unknown): unknown => (typeof value === "string" ? value.toWellFormed() : value);
const escapeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
