/** A preview as Markdown for a comment on a pull request: counts, and names only where they were asked for. */

import { type AccountChange, EFFECTS, LOWERING_EFFECTS, type Preview, type Shift } from "../../lib/preview/index.ts";
import { safe } from "../terminal/safe-text.ts";
import {
  changeText,
  effectText,
  isListed,
  loweringTexts,
  momentText,
  notReadText,
  SHIFT_COLUMNS,
  shiftCells,
  unrecordedText,
} from "./wording.ts";

/** Stands first, so that whoever posts it finds the comment of the time before and replaces it. */
const MARKER = "<!-- mfa-warden:try -->";
/** GitHub takes 65,536 characters of a comment. */
const MAX_LENGTH = 60_000;
const MAX_NAME = 120;

/** Its lines. @param listed whether accounts are named at all */
export function previewMarkdown(preview: Preview, listed: boolean): string[] {
  const lowering = loweringTexts(preview);
  const lines = [
    MARKER,
    `### mfa-warden: ${lowering.length > 0 ? "this policy lowers security" : "what this policy would mean"}`,
    ...alert("CAUTION", lowering),
    ...alert(
      "WARNING",
      preview.incomplete.map(({ code, message }) => `${code}: ${message}`),
    ),
    "",
    ...accountLines(preview),
    ...otherChanges(preview),
    ...details(
      "By rule",
      shiftTable(
        "rule",
        preview.rules.map(({ rule, ...shift }) => ({ name: rule ?? "no rule", ...shift })),
      ),
    ),
    ...details(
      "By directory",
      shiftTable(
        "directory",
        preview.directories.map(({ directory, ...shift }) => ({ name: directory, ...shift })),
      ),
    ),
    ...(listed ? accountDetails(preview) : []),
    "",
    `<sub>${plain(momentText(preview))}</sub>`,
  ];
  return cut(lines);
}

/** What GitHub shows with a coloured bar. */
const alert = (kind: "CAUTION" | "WARNING", texts: readonly string[]): string[] =>
  texts.length === 0 ? [] : ["", `> [!${kind}]`, ...texts.map((text) => `> - ${plain(text)}`)];

function accountLines(preview: Preview): string[] {
  const { effects, notRead, dropped } = preview;
  const seen = EFFECTS.filter((effect) => effects[effect].count > 0);
  const others = seen.filter((effect) => !LOWERING_EFFECTS.some((lowering) => lowering === effect));
  const unrecorded = unrecordedText(preview);
  const lines = [
    ...others.map((effect) => `- ${plain(effectText(effect, effects[effect].count))}`),
    ...(unrecorded === undefined ? [] : [`- ${plain(unrecorded)}`]),
    ...notRead.map((one) => `- ${plain(notReadText(one))}`),
  ];
  const isSame = seen.length === 0 && lines.length === 0 && dropped.length === 0;
  return isSame ? ["Nobody is judged otherwise, and nobody else would be changed."] : lines;
}

function otherChanges({ changes }: Preview): string[] {
  const others = changes.filter(({ lowers }) => !lowers);
  if (others.length === 0) return [];
  return ["", "Also changed in the policy:", "", ...others.map((change) => `- ${plain(changeText(change))}`)];
}

const details = (summary: string, body: readonly string[]): string[] =>
  body.length === 0 ? [] : ["", `<details><summary>${plain(summary)}</summary>`, "", ...body, "", "</details>"];

function shiftTable(head: string, shifts: readonly (Shift & { readonly name: string })[]): string[] {
  if (shifts.length === 0) return [];
  return [
    row([head, ...SHIFT_COLUMNS]),
    row(["---", ...SHIFT_COLUMNS.map(() => "--:")]),
    ...shifts.map(({ name, ...shift }) => row([code(name), ...shiftCells(shift)])),
  ];
}

const accountDetails = ({ effects }: Preview): string[] =>
  EFFECTS.filter((effect) => isListed(effect) && effects[effect].first.length > 0).flatMap((effect) => {
    const { count, first } = effects[effect];
    const more = count > first.length ? `, the first ${first.length}` : "";
    return details(`${effectText(effect, count)}${more}`, [
      row(["account", "id", "verdict", "rule", "why"]),
      row(["---", "---", "---", "---", "---"]),
      ...first.map(accountRow),
    ]);
  });

const accountRow = ({ directory, id, username, was, now, rule, why }: AccountChange): string =>
  row([
    code(username),
    code(`${directory}/${id}`),
    was === now ? now : `${was} → ${now}`,
    code(rule ?? "none"),
    plain(why),
  ]);

const row = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;

/** Foreign text that names nobody, links nowhere and is no markup. */
function code(text: string): string {
  const shown = safe(text, MAX_NAME).replaceAll("|", "\\|");
  const longest = Math.max(0, ...Array.from(shown.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return shown === "" ? "–" : `${fence} ${shown} ${fence}`;
}

/** Text in which nothing is markup. GitHub looks for `@name` and `#12` in what it has rendered: an invisible space parts them. */
const plain = (text: string): string =>
  safe(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replace(/[\\`*_{}[\]|~$]/g, "\\$&")
    .replace(/[@#]/g, (sign) => `${sign === "@" ? "&#64;" : "\\#"}&#8203;`)
    .replace(/\b(https?|www)(:|\.)/gi, "$1&#8203;$2");

/** As many as a comment takes; never silently. */
function cut(lines: readonly string[]): string[] {
  let room = MAX_LENGTH;
  const end = lines.findIndex((line) => {
    room -= line.length + 1;
    return room < 0;
  });
  if (end < 0) return [...lines];
  const kept = lines.slice(0, end);
  const isOpen = kept.findLastIndex((line) => line.startsWith("<details>")) > kept.lastIndexOf("</details>");
  return [
    ...kept,
    ...(isOpen ? ["", "</details>"] : []),
    "",
    "**Cut here, since a comment may not be longer.** `warden try` shows the whole.",
  ];
}
