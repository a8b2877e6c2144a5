/** Shows what another policy would mean, at the terminal: what lowers security first. */

import {
  type AccountChange,
  EFFECTS,
  type Effect,
  LOWERING_EFFECTS,
  type Preview,
  type Shift,
} from "../../lib/preview/index.ts";
import { results } from "../terminal/output.ts";
import { bold, dim, green, type Piece, red, yellow } from "../terminal/piece.ts";
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

/** @param listed whether accounts are named at all */
export function showPreview(preview: Preview, listed: boolean): void {
  for (const { code, message } of preview.incomplete) results.line(red(code), ` ${message}`);
  results.line(momentText(preview));
  showPart(bold("This policy lowers security:"), loweringTexts(preview).map(red));
  showPart(bold("Accounts:"), accountPieces(preview));
  showPart(bold("Also changed in the policy:"), otherChanges(preview));
  showShifts(
    "rule",
    preview.rules.map(({ rule, ...shift }) => ({ name: rule ?? "no rule", ...shift })),
  );
  showShifts(
    "directory",
    preview.directories.map(({ directory, ...shift }) => ({ name: directory, ...shift })),
  );
  if (listed) for (const effect of EFFECTS.filter(isListed)) showAccounts(effect, preview);
}

function showPart(head: Piece, lines: readonly Piece[]): void {
  if (lines.length === 0) return;
  results.line();
  results.line(head);
  for (const line of lines) results.line("  ", line);
}

const isLowering = (effect: Effect): boolean => LOWERING_EFFECTS.some((lowering) => lowering === effect);

function accountPieces(preview: Preview): Piece[] {
  const { effects, notRead, dropped } = preview;
  const seen = EFFECTS.filter((effect) => effects[effect].count > 0);
  const others = seen.filter((effect) => !isLowering(effect));
  const unrecorded = unrecordedText(preview);
  const lines = [
    ...others.map((effect) => effectPiece(effect, effectText(effect, effects[effect].count))),
    ...(unrecorded === undefined ? [] : [yellow(unrecorded)]),
    ...notRead.map((one) => yellow(notReadText(one))),
  ];
  const isSame = seen.length === 0 && lines.length === 0 && dropped.length === 0;
  return isSame ? [green("Nobody is judged otherwise, and nobody else would be changed.")] : lines;
}

function effectPiece(effect: Effect, text: string): Piece {
  if (effect === "violating" || effect === "unknown") return red(text);
  return effect === "wouldChange" ? yellow(text) : text;
}

const otherChanges = ({ changes }: Preview): Piece[] =>
  changes.length === 0
    ? [dim("nothing: it is the policy that the run was judged by")]
    : changes.filter(({ lowers }) => !lowers).map(changeText);

function showShifts(head: string, shifts: readonly (Shift & { readonly name: string })[]): void {
  if (shifts.length === 0) return;
  results.line();
  results.table(
    [{ head, most: 40 }, ...SHIFT_COLUMNS.map((name) => ({ head: name, align: "right" }) as const)],
    shifts.map(({ name, ...shift }) => [name, ...shiftCells(shift)]),
  );
}

function showAccounts(effect: Effect, { effects }: Preview): void {
  const { count, first } = effects[effect];
  if (first.length === 0) return;
  results.line();
  results.line(bold(effectText(effect, count)), dim(count > first.length ? `  the first ${first.length}` : ""));
  results.table(
    [
      { head: "account", most: 40 },
      { head: "id", most: 50 },
      { head: "verdict" },
      { head: "rule" },
      { head: "why", most: 80 },
    ],
    first.map(rowOf),
  );
}

const rowOf = ({ directory, id, username, was, now, wasRule, rule, why }: AccountChange): Piece[] => [
  username,
  `${directory}/${id}`,
  was === now ? now : `${was} → ${now}`,
  wasRule === rule ? (rule ?? "none") : `${wasRule ?? "none"} → ${rule ?? "none"}`,
  why,
];
