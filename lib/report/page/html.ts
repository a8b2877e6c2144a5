/** HTML as a tagged template in which every value is text, unless it was itself made by this template. */

const MARKUP = Symbol("markup");

/** Finished markup. */
export interface Html {
  readonly [MARKUP]: string;
}

/** Nothing is shown for `undefined` and `false`; lists are joined without anything between. */
export type HtmlValue = Html | string | number | undefined | false | readonly HtmlValue[];

/** Markup with values in it, each escaped. */
export const html = (strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html => ({
  [MARKUP]: String.raw({ raw: strings }, ...values.map(render)),
});

/** The markup as a string, to be written to a file. */
export const htmlText = ({ [MARKUP]: markup }: Html): string => markup;

/** A style sheet of our own, as it is. Nothing from outside may be in it. */
export const trustedMarkup = (markup: string): Html => ({ [MARKUP]: markup });

function render(value: HtmlValue): string {
  if (value === undefined || value === false) return "";
  if (typeof value === "string" || typeof value === "number") return escapeMarkup(showInvisible(String(value)));
  return MARKUP in value ? value[MARKUP] : value.map(render).join("");
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};
const escapeMarkup = (text: string) => text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? "");

/** Control, format and unassigned characters and half surrogate pairs; not the joiners that names are written with. */
const INVISIBLE = /(?!\u200c|\u200d|\n)[\p{C}\p{Zl}\p{Zp}]/gu;

/** What cannot be seen, or would turn the text around it, is shown as ␛ or \u{202e}. */
function showInvisible(text: string): string {
  if (/^[ -~]*$/.test(text)) return text;
  return text.replace(INVISIBLE, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code < 0x20 ? String.fromCodePoint(0x2400 + code) : `\\u{${code.toString(16)}}`;
  });
}

/** Of a name and of a sentence, in UTF-16 units: more helps nobody, and the tables have it whole. */
const MAX_NAME_LENGTH = 160;
const MAX_SENTENCE_LENGTH = 500;

/** Text from outside: kept to itself, so that its direction of writing does not spread, and cut when it is very long. */
export const untrustedText = (text: string, most = MAX_NAME_LENGTH): Html => html`<bdi>${cut(text, most)}</bdi>`;

/** A name from outside; an address breaks before its @, and not within its ending, where there is room for that. */
export const untrustedName = (name: string): Html =>
  html`<bdi>${cut(name, MAX_NAME_LENGTH)
    .split(/(?=@)/)
    .map((part, i) => html`${i > 0 && html`<wbr>`}${part}`)}</bdi>`;

/** A sentence that may have such text in it. */
export const untrustedSentence = (text: string): Html => untrustedText(text, MAX_SENTENCE_LENGTH);

/** Between letters and not within one. @param most in UTF-16 units, so that no letter of many marks gets round it */
function cut(text: string, most: number): string {
  if (text.length <= most) return text;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text.slice(0, most))) {
    if (kept.length + segment.length >= most) break;
    kept += segment;
  }
  return `${kept}…`;
}
