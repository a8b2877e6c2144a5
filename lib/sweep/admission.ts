/** The changes of an approved plan, taken over by the sweep that applies it: those whose account has moved have their outcome at once. */
import { refusal } from "../enforcement/index.ts";
import type { PlanApproval } from "../evidence/index.ts";
import {
  addCounts,
  type Change,
  type ChangeResult,
  noChanges,
  omitUndefined,
  type PlanRecord,
  type SubjectState,
} from "../model/index.ts";
import { factsAgree } from "../policy/index.ts";
import type { SweepContext } from "./context.ts";
import { type PlannedCounts, planChanges } from "./page-changes.ts";
import { listPlan } from "./plan-ref.ts";

/** The engine keeps it as JSON, so its keys never change. */
export interface Admission extends PlannedCounts {
  /** Names the attempt of this step. */
  readonly author: string;
  readonly approval: PlanApproval;
  /** The run whose changes the plan undoes. */
  readonly undoes?: string;
}

/** A plan that somebody has approved. */
export type ApprovedPlan = PlanRecord & Required<Pick<PlanRecord, "decision">>;

/** Safe to run twice: a later attempt takes the place of an earlier one. */
export async function copyChanges(
  { ports, order }: SweepContext,
  plan: ApprovedPlan,
  place: Pick<Change, "author" | "step">,
): Promise<PlannedCounts> {
  const { ledger } = ports;
  const { run, directory } = order;
  let counts = noChanges();
  for await (const changes of listPlan(ledger, directory, plan)) {
    const open = changes.filter(({ outcome }) => outcome === undefined);
    const ids = open.map(({ id }) => id);
    const states = await ledger.readStates(directory, ids, true);
    const copies = open.map((change) => copyOf(change, states.get(change.id), plan, { ...place, run }));
    const { planned, predetermined } = await planChanges({ ledger }, copies);
    counts = addCounts(counts, { planned, ...predetermined });
  }
  const { planned, ...predetermined } = counts;
  return { planned, predetermined };
}

/** An undoing says who approved it: without that, nobody makes it. */
function copyOf(
  change: Change,
  state: SubjectState | undefined,
  { decision }: ApprovedPlan,
  place: Pick<Change, "run" | "author" | "step">,
): Change {
  const objection = objectionTo(change, state);
  const { revert } = change;
  return omitUndefined({
    ...change,
    ...place,
    revert: revert && { ...revert, approvedBy: decision.by },
    verdict: revert && state?.judgement.verdict,
    ...objection,
    foreseen: objection && true,
  });
}

/** What was read of the account just now says against the change. */
function objectionTo(
  change: Change,
  state: SubjectState | undefined,
): Pick<ChangeResult, "outcome" | "why"> | undefined {
  if (!state || state.departed) return refusal("the vendor no longer has this account");
  // Whatever its verdict is: what may be put back is checked under the claim.
  if (change.revert) return factsAgree(state.facts, change.before) ? undefined : FACTS_CHANGED;
  const { verdict, why } = state.judgement;
  if (verdict === "compliant") return { outcome: "already", why: "it was as wanted when we came to change it" };
  if (verdict !== "violating") return refusal(`its verdict is ${verdict} now: ${why}`);
  return factsAgree(state.facts, change.before) ? undefined : FACTS_CHANGED;
}

const FACTS_CHANGED = refusal("its facts changed after the plan was made");
