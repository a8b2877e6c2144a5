/** What rechecking one subject works with. */

import type { PublishChange, SubjectContext } from "../enforcement/index.ts";
import type { Directory, SubjectEvent } from "../model/index.ts";
import type { RecheckPorts } from "./ports.ts";

export interface RecheckContext extends SubjectContext {
  /** The event under whose name everything is recorded, as a sweep does it under its run. */
  readonly run: string;
  readonly publish: PublishChange;
}

/** The name of the run that an event stands for. */
export const runOf = ({ id }: Pick<SubjectEvent, "id">): string => `event:${id}`;

/** No lease stands behind an event. */
export const leaseOf = ({ run }: RecheckContext) => ({ run, token: 0 }) as const;

export function recheckContext(
  ports: RecheckPorts,
  id: string,
  directory: Directory,
  { run, publish }: Pick<RecheckContext, "run" | "publish">,
): RecheckContext {
  const { policy, policyHash, ledger, clock, sleep, readBackTimeoutMs } = ports;
  return { id, directory, policy, policyHash, ledger, clock, sleep, readBackTimeoutMs, run, publish };
}
