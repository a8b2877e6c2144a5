/** The hash of a plan: what an approval names, so that nothing else can be made by it. */
import { createHash } from "node:crypto";
import type { Change, Revert } from "../model/index.ts";

export interface HashedPlan {
  /** SHA-256 in hex over every change with the facts it rests on, in the order of ids. */
  readonly hash: string;
  /** Changes that it is over. */
  readonly count: number;
  /** Of those, how many nobody has tried. */
  readonly open: number;
  /** Of these, how many change an administrator. */
  readonly administrators: number;
}

/** What was tried is no part of a plan any more; what needs no try is told with it. */
const isPlanned = ({ outcome, foreseen }: Change): boolean => outcome === undefined || foreseen === true;

/** @param pages the changes of one plan, in the order of ids */
export async function hashPlan(pages: AsyncIterable<readonly Change[]>): Promise<HashedPlan> {
  const hash = createHash("sha256");
  let count = 0;
  let open = 0;
  let administrators = 0;
  for await (const changes of pages)
    for (const change of changes.filter(isPlanned)) {
      count++;
      if (change.outcome === undefined) open++;
      if (change.outcome === undefined && change.administrator) administrators++;
      hash.update(`${planLine(change)}\n`);
    }
  return { hash: hash.digest("hex"), count, open, administrators };
}

const planLine = ({ id, username, rule, requirement, before, revert }: Change): string =>
  JSON.stringify([
    id,
    username,
    rule,
    requirement,
    Object.entries(before).sort(),
    ...(revert ? [undoLine(revert)] : []),
  ]);

/** Not by whom it was approved: that comes later. */
const undoLine = ({ run, to }: Revert) => [run, Object.entries(to).sort()];
