/**
 * What changed since the sweep before: who came to violate, who was fixed and by whom, who is new, who has gone, which
 * exemptions began and ended. Both populations are read as streams; of the earlier one 14 bytes a subject are kept.
 */

import { findDeparted } from "../../evidence/index.ts";
import { type Change, type Ledger, type RunRecord, VERDICTS, type Verdict } from "../../model/index.ts";
import type { Exemption, Policy } from "../../policy/index.ts";
import { type Rest, restsAt, runsUntil } from "./basis.ts";
import { keyOf, type Marks, openMarks } from "./change-markers.ts";
import type { Gathered } from "./gather.ts";
import type { ReportPorts, ReportRow, Source } from "./model.ts";
import { readPolicy } from "./policy.ts";
import { rowsOf } from "./rows.ts";

export interface DifferencePorts extends ReportPorts {
  readonly ledger: ReportPorts["ledger"] & Pick<Ledger, "listEventChanges">;
}

/** One subject of a list. */
export interface Moved {
  readonly directory: string;
  readonly id: string;
  readonly username: string;
  /** After the run before; absent: it was not there. */
  readonly was?: Verdict;
  /** After this run; absent: it is not there. */
  readonly now?: Verdict;
  readonly why: string;
  /** Of who was fixed: `us` is this run, an event or a run in between; `themselves` is anybody else. */
  readonly by?: "us" | "themselves";
}

/** How many, and the first 200 as the evidence has them. */
export interface Listed {
  readonly count: number;
  readonly first: readonly Moved[];
}

export interface Difference {
  /** What this run is compared with, by directory, each with its age when this run began. */
  readonly before: readonly Rest[];
  /** Directories that no earlier sweep had read whole, or that this one did not: nothing is said of them. */
  readonly notCompared: readonly string[];
  /** Violates as this run read it, and did not after the run before or was not there; fixed in this run or not. */
  readonly violating: Listed;
  /** Violated after the run before or as this run read it, and is compliant after this run. */
  readonly fixed: Listed & { readonly byUs: number; readonly byThemselves: number };
  readonly appeared: Listed;
  readonly departed: Listed;
  /** How many went from which verdict to which: `violating>compliant`; `absent` stands for not being there. */
  readonly moves: Readonly<Record<string, number>>;
  /** Of the compared directories, by the policies of both runs; absent where one of them is not kept. */
  readonly exemptions?: { readonly begun: readonly Exemption[]; readonly ended: readonly Exemption[] };
}

/**
 * Compares a run with the last sweeps before it that read everybody. `undefined`: there is none of any directory.
 * Throws `ERR_EVIDENCE_ALTERED` and `ERR_EVIDENCE_UNAVAILABLE`.
 */
export async function differenceOf(
  ports: DifferencePorts,
  now: Gathered,
  signal: AbortSignal,
): Promise<Difference | undefined> {
  const began = Date.parse(now.head.startedAt);
  const runs = await runsUntil(ports.ledger, Number.POSITIVE_INFINITY);
  const earlier = runs.filter(({ run, startedAt }) => run !== now.head.run && Date.parse(startedAt) <= began);
  const whole = now.sources.filter(({ record }) => record.plan !== undefined);
  const ids = whole.map(({ record }) => record.id);
  const found = await restsAt(ports, earlier, ids, began);
  if (found.size === 0) return undefined;
  const before = ids.flatMap((id) => found.get(id) ?? []);
  const after = whole.filter(({ record }) => found.has(record.id));
  const tally = openTally();
  for (const [i, rest] of before.entries()) {
    const source = after[i];
    if (source) await compare(ports, { before: rest, now: source, runs, tally }, signal);
  }
  const named = now.head.directories.map(({ id }) => id);
  const exemptions = await exemptionsOf(ports, before, now);
  return {
    before,
    notCompared: named.filter((id) => !found.has(id)),
    ...tally.end(),
    ...(exemptions ? { exemptions } : {}),
  };
}

interface Pair {
  readonly before: Rest;
  readonly now: Source;
  readonly runs: readonly RunRecord[];
  readonly tally: Tally;
}

/** So many subjects of the earlier population are held at once (64 MB); of a larger one some in each pass. */
const PASS = 2_000_000;
const SEEN = 1;
const CHANGED_BY_US = 2;

async function compare(ports: DifferencePorts, pair: Pair, signal: AbortSignal): Promise<void> {
  const { before } = pair;
  const passes = Math.max(1, Math.ceil((before.manifest.read + 1) / PASS));
  for (let pass = 0; pass < passes; pass++) await comparePart(ports, pair, { pass, passes }, signal);
}

async function comparePart(
  ports: DifferencePorts,
  pair: Pair,
  { pass, passes }: { readonly pass: number; readonly passes: number },
  signal: AbortSignal,
): Promise<void> {
  const { before, now, runs, tally } = pair;
  // One in ten more: the parts are not of one size.
  const marks = openMarks(Math.ceil((before.manifest.read / passes) * 1.1) + 1_000);
  const ours = (key: ReturnType<typeof keyOf>) => key.high % passes === pass;
  for await (const rows of rowsOf(ports, [before], signal))
    for (const row of rows) {
      const key = keyOf(row.directory, row.id);
      if (ours(key)) marks.put(key, VERDICTS.indexOf(row.verdict));
    }
  for await (const change of changesBetween(ports, before, now, runs)) {
    const place = marks.find(keyOf(change.directory, change.id));
    if (place >= 0 && change.outcome === "enforced") marks.flag(place, CHANGED_BY_US);
  }
  for await (const rows of rowsOf(ports, [now], signal))
    for (const row of rows) {
      const key = keyOf(row.directory, row.id);
      if (ours(key)) meet(row, marks, marks.find(key), tally);
    }
  await nameDeparted(ports, pair, marks, signal);
}

function meet(row: ReportRow, marks: Marks, place: number, tally: Tally): void {
  if (place >= 0) marks.flag(place, SEEN);
  const was = place < 0 ? undefined : VERDICTS[marks.value(place)];
  tally.add(row, was, place >= 0 && marks.flagged(place, CHANGED_BY_US));
}

/** The digest files tell which pages hold them: nothing else of the earlier population is read again. */
async function nameDeparted(
  { evidence }: DifferencePorts,
  { before, now, tally }: Pair,
  marks: Marks,
  signal: AbortSignal,
): Promise<void> {
  for await (const rows of findDeparted(evidence, before.manifest.parts, now.manifest.parts)) {
    signal.throwIfAborted();
    for (const row of rows) {
      const place = marks.find(keyOf(before.record.id, row.id));
      // Not of this pass, or listed twice.
      if (place < 0 || marks.flagged(place, SEEN)) continue;
      marks.flag(place, SEEN);
      tally.leave({ ...row, directory: before.record.id }, VERDICTS[marks.value(place)] ?? row.verdict);
    }
  }
}

const HOUR_MS = 3_600_000;

/** What events changed since the earlier sweep began, and what runs in between that did not read everybody did. */
async function* changesBetween(
  { ledger }: DifferencePorts,
  before: Rest,
  now: Source,
  runs: readonly RunRecord[],
): AsyncGenerator<Change> {
  const [from, to] = [before.manifest.startedAt, now.manifest.endedAt];
  for (let hour = Math.floor(Date.parse(from) / HOUR_MS); hour * HOUR_MS <= Date.parse(to); hour++) {
    const name = new Date(hour * HOUR_MS).toISOString().slice(0, 13);
    for await (const changes of ledger.listEventChanges(before.record.id, name))
      yield* changes.filter(({ at }) => at === undefined || (at >= from && at <= to));
  }
  const between = runs.filter(
    ({ run, startedAt, directories }) =>
      startedAt >= from &&
      startedAt <= to &&
      run !== before.record.run &&
      run !== now.record.run &&
      directories.includes(before.record.id),
  );
  for (const { run } of between) for await (const changes of ledger.listChanges(run, before.record.id)) yield* changes;
}

type Tally = ReturnType<typeof openTally>;
const MOST = 200;

function openTally() {
  const lists = { violating: openList(), fixed: openList(), appeared: openList(), departed: openList() };
  const by = { us: 0, themselves: 0 };
  const moves = new Map<string, number>();
  const move = (was: Verdict | "absent", now: Verdict | "absent") => {
    if (was !== now) moves.set(`${was}>${now}`, (moves.get(`${was}>${now}`) ?? 0) + 1);
  };
  return {
    /** @param was after the run before; @param changed whether an event or a run in between enforced it */
    add(row: ReportRow, was: Verdict | undefined, changed: boolean): void {
      move(was ?? "absent", row.verdict);
      if (was === undefined) lists.appeared.add(row, { now: row.verdict });
      const known = was === undefined ? { now: row.verdict } : { was, now: row.verdict };
      if (row.read === "violating" && was !== "violating") lists.violating.add(row, known);
      if (row.verdict !== "compliant" || (was !== "violating" && row.read !== "violating")) return;
      const who = row.outcome === "enforced" || (row.read === "compliant" && changed) ? "us" : "themselves";
      by[who]++;
      lists.fixed.add(row, { ...known, by: who });
    },
    leave(row: Named, was: Verdict): void {
      move(was, "absent");
      lists.departed.add(row, { was });
    },
    end: () => ({
      violating: lists.violating.end(),
      fixed: { ...lists.fixed.end(), byUs: by.us, byThemselves: by.themselves },
      appeared: lists.appeared.end(),
      departed: lists.departed.end(),
      moves: Object.fromEntries([...moves].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    }),
  };
}

type Named = Pick<ReportRow, "directory" | "id" | "username" | "why">;

function openList() {
  const first: Moved[] = [];
  let count = 0;
  return {
    add({ directory, id, username, why }: Named, moved: Pick<Moved, "was" | "now" | "by">): void {
      count++;
      if (first.length < MOST) first.push({ directory, id, username, why, ...moved });
    },
    end: (): Listed => ({ count, first }),
  };
}

/** In force at a run: what its policy says of the moment at which it began. */
const inForce = (policy: Policy, directory: string, at: string): Exemption[] =>
  policy.exemptions.filter(
    (one) => one.directory === directory && one.from <= Date.parse(at) && Date.parse(at) < one.until,
  );

async function exemptionsOf(
  { evidence }: DifferencePorts,
  before: readonly Rest[],
  { sources, policy }: Gathered,
): Promise<Difference["exemptions"]> {
  const [begun, ended]: [Exemption[], Exemption[]] = [[], []];
  for (const rest of before) {
    const earlier = await readPolicy(evidence, rest.manifest.policy);
    const source = sources.find(({ record }) => record.id === rest.record.id);
    if (!earlier || !policy || !source) return undefined;
    const was = inForce(earlier, rest.record.id, rest.manifest.startedAt);
    const is = inForce(policy, rest.record.id, source.manifest.startedAt);
    begun.push(...is.filter(({ id }) => !was.some((one) => one.id === id)));
    ended.push(...was.filter(({ id }) => !is.some((one) => one.id === id)));
  }
  return { begun, ended };
}
