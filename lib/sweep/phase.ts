/** What a phase of a sweep is: it takes the state and leaves a new one, and says whether the next phase may begin. */
import { problemOf, type WardenError } from "../errors.ts";
import type { Problem } from "../model/index.ts";
import type { LeasedContext } from "./lease.ts";
import { addProblems, type SweepState } from "./state.ts";

export interface PhaseResult {
  readonly state: SweepState;
  /** Whether the next phase may begin. */
  readonly next: boolean;
}

export type Phase = (context: LeasedContext, state: SweepState) => Promise<PhaseResult>;

export const proceed = (state: SweepState): PhaseResult => ({ state, next: true });

/** Ends the sweep here, with these problems on record. */
export const halt = (state: SweepState, problems: readonly Problem[] = []): PhaseResult => ({
  state: addProblems(state, problems),
  next: false,
});

export const failPhase = ({ order }: LeasedContext, state: SweepState, error: WardenError): PhaseResult =>
  halt(state, [problemOf(error, order.directory)]);
