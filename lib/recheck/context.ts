/** What rechecking one subject works with. */

import type { PublishChange, SubjectContext } from "../enforcement/index.ts";
import type { Directory, SubjectEvent } from "../model/index.ts";
import type { DirectoryCache } from "./directory-cache.ts";
import type { SubjectRecheckPorts } from "./ports.ts";

export interface RecheckContext extends SubjectContext {
  /** The event under whose name everything is recorded, as a sweep does it under its run. */
  readonly run: string;
  readonly publish: PublishChange;
  /** Why nothing may be changed in this directory. */
  readonly findObstacle: (signal: AbortSignal) => Promise<string | undefined>;
}

/** The name of the run that an event stands for. */
export const runOf = ({ id }: Pick<SubjectEvent, "id">): string => `event:${id}`;

/** No lease stands behind an event. */
export const leaseOf = ({ run }: RecheckContext) => ({ run, token: 0 }) as const;

export function recheckContext(
  ports: SubjectRecheckPorts,
  id: string,
  directory: Directory,
  { run, publish, directories }: Pick<RecheckContext, "run" | "publish"> & { readonly directories: DirectoryCache },
): RecheckContext {
  const { policy, policyHash, ledger, clock, sleep, readBackTimeoutMs } = ports;
  const subject = { id, directory, policy, policyHash, ledger, clock, sleep, readBackTimeoutMs };
  return { ...subject, run, publish, findObstacle: (signal) => directories.findObstacle(subject, signal) };
}
