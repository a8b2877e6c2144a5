/**
 * The rows of a past moment: those of the sweeps that it rests on, brought up to date from the history. Of a subject that no
 * sweep had met yet only a change that an event made is known.
 */

import { mapConcurrently } from "../../concurrency.ts";
import { type Change, omitUndefined } from "../../model/index.ts";
import type { Basis } from "./basis.ts";
import { type LaterHistory, readLaterHistory, verdictSince } from "./history.ts";
import type { ReportPorts, ReportRow } from "./model.ts";
import { hoursBetween } from "./moment.ts";
import { readRows } from "./rows.ts";

const HISTORIES_IN_PARALLEL = 16;
const HOURS_IN_PARALLEL = 16;

interface Standing {
  readonly bases: readonly Basis[];
  /** Milliseconds since 1970. */
  readonly moment: number;
}

/** A page of the evidence at a time. Throws `ERR_EVIDENCE_ALTERED`. */
export async function* readRowsAsOf(
  ports: ReportPorts,
  { bases, moment }: Standing,
  signal: AbortSignal,
): AsyncGenerator<readonly ReportRow[]> {
  for (const basis of bases) {
    const unmet = await readEventChanges(ports, basis, moment, signal);
    for await (const rows of readRows(ports, [basis], signal)) {
      for (const { id } of rows) unmet.delete(id);
      yield await updateRows(ports, basis, rows, moment);
    }
    const newcomers = await rowsOfNewcomers(ports, basis, [...unmet.values()], moment);
    if (newcomers.length > 0) yield newcomers;
  }
}

/** Rows as they were at the moment: the ledger is asked of everybody who something happened to after the sweep. */
async function updateRows(
  { ledger }: ReportPorts,
  { record }: Basis,
  rows: readonly ReportRow[],
  moment: number,
): Promise<readonly ReportRow[]> {
  const states = await ledger.readStates(
    record.id,
    rows.map(({ id }) => id),
  );
  const moved = rows.filter((row) => {
    const event = states.get(row.id)?.event;
    return event !== undefined && event.run !== record.run && event.at > lastSeenAt(row);
  });
  if (moved.length === 0) return rows;
  const updated = await mapConcurrently(moved, HISTORIES_IN_PARALLEL, async (row) => {
    const later = await readLaterHistory(ledger, record, row.id, moment);
    return [row.id, later && updateRow(row, later)] as const;
  });
  const byId = new Map(updated);
  return rows.flatMap((row) => byId.get(row.id) ?? [row]);
}

const lastSeenAt = ({ outcomeAt, observedAt }: ReportRow): string => outcomeAt ?? observedAt;

/** Nobody when it was gone by then. */
function updateRow(row: ReportRow, later: LaterHistory): ReportRow[] {
  if (later.last.at <= lastSeenAt(row)) return [row];
  if (later.last.kind === "departed") return [];
  const { directory, vendor, kind, id, username, custodial, person } = row;
  return [{ directory, vendor, kind, id, username, ...omitUndefined({ custodial, person }), ...judgedFields(later) }];
}

/** Whom events changed between the sweep and the moment, by id. */
async function readEventChanges(
  { ledger }: ReportPorts,
  { record, manifest }: Basis,
  moment: number,
  signal: AbortSignal,
): Promise<Map<string, Change>> {
  const changes = new Map<string, Change>();
  const hours = hoursBetween(Date.parse(manifest.startedAt), moment);
  await mapConcurrently(hours, HOURS_IN_PARALLEL, async (hour) => {
    signal.throwIfAborted();
    for await (const page of ledger.listEventChanges(record.id, hour))
      for (const change of page) changes.set(change.id, change);
  });
  return changes;
}

/** Rows of subjects that no sweep had met, but an event had. */
async function rowsOfNewcomers(
  { ledger }: ReportPorts,
  { record, manifest }: Basis,
  changes: readonly Change[],
  moment: number,
): Promise<ReportRow[]> {
  const found = await mapConcurrently(changes, HISTORIES_IN_PARALLEL, async ({ id, username }) => {
    const later = await readLaterHistory(ledger, record, id, moment);
    if (!later || later.last.kind === "departed" || later.last.at <= manifest.startedAt) return [];
    return [
      { directory: record.id, vendor: record.vendor, kind: "account" as const, id, username, ...judgedFields(later) },
    ];
  });
  return found.flat();
}

/** What the last event says of a subject. */
function judgedFields({ events, last }: LaterHistory) {
  const { verdict, why, rule, requirement, exemption, facts, at, outcome, was } = last;
  const { factsReadAt, factCaveats } = last;
  return {
    verdict,
    read: outcome === undefined ? verdict : (was ?? verdict),
    why,
    facts,
    observedAt: at,
    since: verdictSince(events, verdict),
    ...omitUndefined({ rule, requirement, exemption, outcome, outcomeAt: outcome && at, factsReadAt, factCaveats }),
  };
}
