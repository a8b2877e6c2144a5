/** Where the changes of a period are on record: in manifests of sweeps, of hours of events and of recovered runs, else in the ledger. */

import { mapConcurrently } from "../../../concurrency.ts";
import { hourOfRun, hourRun } from "../../../evidence/index.ts";
import type { DirectoryHead, DirectoryRecord, Problem } from "../../../model/index.ts";
import { hoursBetween } from "../moment.ts";
import { changeSource, type ReadManifest, readBetween, readManifests } from "./chain.ts";
import { countListed, triedChanges } from "./changes.ts";
import type { ChainLink, ChangeSource, Period, PeriodPorts, PeriodSweep } from "./model.ts";
import { findFirstRecords, type PeriodRuns } from "./runs.ts";

interface SourceContext {
  readonly period: Period;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly recorded: PeriodRuns;
  readonly directories: readonly string[];
  readonly sweeps: readonly PeriodSweep[];
  /** Of each sweep. */
  readonly manifests: readonly ReadManifest[];
}

interface Sources {
  readonly sources: readonly ChangeSource[];
  readonly chain: readonly ChainLink[];
  readonly problems: readonly Problem[];
}

const READS_IN_PARALLEL = 8;

/** Directory by directory, oldest first. */
export async function collectSources(ports: PeriodPorts, context: SourceContext): Promise<Sources> {
  const next = await findFirstRecords(
    ports,
    context.recorded.after,
    context.directories,
    ({ manifest }) => manifest !== undefined,
  );
  const ends = await mapConcurrently(context.directories, READS_IN_PARALLEL, async (directory) => {
    const head = await ports.ledger.readHead(directory);
    const walked = await readEnd(ports, context, directory, { later: next.get(directory)?.record, head });
    return { ...walked, unsealed: await unsealedHours(ports, context, directory, head.sealed) };
  });
  const own = context.sweeps.map((sweep, index) => ownSource(sweep, context.manifests[index]));
  const between = [...context.manifests, ...ends].flatMap((one) => one.between);
  const all = distinct([...own, ...between]);
  const known = all.filter((source) => isOfPeriod(source, context));
  const sources = [...known, ...ends.flatMap(({ unsealed }) => unsealed)].filter(
    ({ counts }) => triedChanges(counts) > 0,
  );
  return {
    sources: sources.toSorted(
      (a, b) => compareText(a.directory, b.directory) || compareText(timeOf(a, context), timeOf(b, context)),
    ),
    chain: all.filter((source) => isBeforeEnd(source, context)).flatMap(({ link }) => link ?? []),
    problems: ends.flatMap(({ problems }) => problems),
  };
}

const compareText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** What was sealed after the last sweep of the period: it lies before the next sweep, or leads up to the head. */
async function readEnd(
  { evidence }: PeriodPorts,
  { sweeps }: SourceContext,
  directory: string,
  { later, head }: { readonly later: DirectoryRecord | undefined; readonly head: DirectoryHead },
): Promise<Pick<ReadManifest, "between" | "problems">> {
  if (later) return (await readManifests(evidence, [later]))[0] ?? NOTHING_BETWEEN;
  const { manifest = null } = head;
  if (sweeps.some((sweep) => sweep.manifest === manifest?.hash)) return NOTHING_BETWEEN;
  return readBetween(evidence, directory, manifest);
}

const NOTHING_BETWEEN = { between: [], problems: [] };

function ownSource(sweep: PeriodSweep, read: ReadManifest | undefined): ChangeSource {
  const { run, directory, changes: counts, approval } = sweep;
  if (read?.manifest && sweep.manifest !== undefined) return changeSource(read.manifest, sweep.manifest);
  return { directory, run, kind: "sweep", counts, hash: undefined, approval, log: undefined, link: undefined };
}

/** Once each, though two ways lead to it. */
function distinct(sources: readonly ChangeSource[]): ChangeSource[] {
  const byHash = new Map(sources.map((source) => [source.hash ?? `${source.run} ${source.directory}`, source]));
  return [...byHash.values()];
}

/** An hour belongs to the period it lies in, and the changes of a run to that in which the run began. */
function isOfPeriod({ run }: ChangeSource, { period, recorded }: SourceContext): boolean {
  const hour = hourOfRun(run);
  if (hour === undefined) return recorded.within.some((one) => one.run.run === run);
  const at = Date.parse(`${hour}:00:00Z`);
  return at >= period.begins && at < period.ends;
}

/** What was sealed of later hours than those of the period follows the chain of it. */
function isBeforeEnd({ run }: ChangeSource, { period }: SourceContext): boolean {
  const hour = hourOfRun(run);
  return hour === undefined || Date.parse(`${hour}:00:00Z`) < period.ends;
}

/** Of a run its beginning, of an hour itself. */
function timeOf({ run }: ChangeSource, { recorded }: SourceContext): string {
  return hourOfRun(run) ?? recorded.within.find((one) => one.run.run === run)?.run.startedAt ?? run;
}

/** Hours of the period after the last that was sealed: the ledger alone has their changes. */
async function unsealedHours(
  { ledger }: PeriodPorts,
  { period }: SourceContext,
  directory: string,
  sealed: string | undefined,
): Promise<ChangeSource[]> {
  const hours = hoursBetween(period.begins, period.ends).filter((hour) => sealed === undefined || hour > sealed);
  const found = await mapConcurrently(
    hours,
    READS_IN_PARALLEL,
    async (hour): Promise<ChangeSource> => ({
      directory,
      run: hourRun(hour),
      kind: "events",
      counts: await countListed(ledger.listEventChanges(directory, hour)),
      hash: undefined,
      approval: undefined,
      log: undefined,
      link: undefined,
    }),
  );
  return found.filter(({ counts }) => counts.planned > 0);
}
