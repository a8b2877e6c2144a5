/** Verdicts and statuses as people see them: never a verdict without what was required. */

import type { DirectoryRecord, Verdict } from "../../lib/model/index.ts";
import { cyan, dim, green, type Piece, red, yellow } from "./piece.ts";

export interface JudgedVerdict {
  readonly verdict: Verdict;
  /** As a judgement has it, or the evidence. */
  readonly requirement?: string | undefined;
}

const STYLES: Readonly<Record<Verdict, (text: string | number) => Piece>> = {
  compliant: green,
  pending: cyan,
  violating: red,
  grace: cyan,
  exempt: yellow,
  unknown: red,
  "out-of-scope": dim,
};

/** `compliant (enabled)`. */
export const verdictText = ({ verdict, requirement }: JudgedVerdict): string =>
  requirement === undefined || requirement === "none" ? verdict : `${verdict} (${requirement})`;

export const verdictPiece = (judgement: JudgedVerdict): Piece => STYLES[judgement.verdict](verdictText(judgement));

/** The verdict alone, as the head of a count. */
export const verdictName = (verdict: Verdict): Piece => STYLES[verdict](verdict);

export function statusPiece(status: DirectoryRecord["status"]): Piece {
  if (status === "completed") return green(status);
  return status === "running" || status === "awaiting-approval" ? yellow(status) : red(status);
}
