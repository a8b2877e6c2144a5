/** One account at a past moment, whatever saw it: sweeps, whole or not, and events. */

import { type HistoryEvent, omitUndefined } from "../../model/index.ts";
import { type Basis, findBasis } from "./basis.ts";
import { eventsUntil, verdictSince } from "./history.ts";
import type { ReportPorts } from "./model.ts";

export interface SubjectAsOf {
  readonly directory: string;
  readonly id: string;
  /** As it is called now. */
  readonly username?: string;
  /** ISO 8601. */
  readonly moment: string;
  /** The last until then; absent: nobody here had seen it yet. */
  readonly last?: HistoryEvent;
  /** Since when it had the verdict of `last`; ISO 8601. */
  readonly since?: string;
  /** It was gone. */
  readonly departed: boolean;
  /** The last sweep of its directory that read everybody; absent: there had been none. */
  readonly basis?: Basis;
}

/** @param moment milliseconds since 1970; `endOfPolicyDay` makes it from a day. Throws `ERR_EVIDENCE_ALTERED`. */
export async function subjectAsOf(
  ports: Pick<ReportPorts, "ledger" | "evidence">,
  directory: string,
  id: string,
  moment: number,
): Promise<SubjectAsOf> {
  const [{ state, events: all }, basis] = await Promise.all([
    ports.ledger.readHistory(directory, id),
    findBasis(ports, directory, moment),
  ]);
  const events = eventsUntil(all, moment);
  const last = events.at(-1);
  return {
    directory,
    id,
    moment: new Date(moment).toISOString(),
    departed: last?.kind === "departed",
    ...omitUndefined({
      username: state?.username,
      last,
      since: last && verdictSince(events, last.verdict),
      basis,
    }),
  };
}
