/** What a decision is given, and what an approval answers. */
import type { Clock, Ledger, Origin } from "../model/index.ts";
import type { Policy } from "../policy/index.ts";

export interface ApprovalPorts {
  readonly policy: Policy;
  readonly policyHash: string;
  readonly ledger: Pick<Ledger, "readRun" | "readPlans" | "movePlan" | "recordAttempt" | "readLease" | "readHead">;
  readonly clock: Clock;
}

export interface DecisionRequest {
  readonly run: string;
  /** Only this directory's plan; all that wait unless given. */
  readonly directory?: string | undefined;
  /** Who decides: as the system says, never as a person claims. */
  readonly origin: Origin;
  readonly note?: string | undefined;
}

export interface ApprovalRequest extends DecisionRequest {
  /** Of the run's plan, or of the one directory's. */
  readonly hash: string;
}

/** What a run is told to apply. */
export interface ApprovedPlans {
  readonly run: string;
  /** Hashes by directory. */
  readonly plans: Readonly<Record<string, string>>;
}
