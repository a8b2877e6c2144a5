/** Which sweeps people are joined from: of each directory the newest one that read everybody, if all went by one key and one set of rules. */

import { WardenError } from "../../errors.ts";
import { findBases, listRunsUntil } from "./basis.ts";
import type { ReportData } from "./gather.ts";
import type { ReportPorts, SweptDirectory } from "./model.ts";

/** A sweep that accounts are joined from. */
export interface PeopleSource {
  readonly swept: SweptDirectory;
  /** It is part of what the report is about, so that its rows are the report's. */
  readonly isReported: boolean;
}

/** A directory of which nobody is joined, and why: one sentence. */
export interface MissingDirectory {
  readonly directory: string;
  readonly why: string;
}

export interface PeopleSources {
  readonly sources: readonly PeopleSource[];
  readonly missing: readonly MissingDirectory[];
}

/** Of the policy's directories, in its order. Never throws for what is wrong with the evidence of an earlier run. */
export async function findPeopleSources(ports: ReportPorts, data: ReportData): Promise<PeopleSources> {
  const wanted = data.policy?.directories.map(({ id }) => id) ?? [];
  const reported = data.swept.filter(({ record, manifest }) => record.plan !== undefined && !manifest.recovers);
  const reportedIds = reported.map(({ record }) => record.id);
  const others = wanted.filter((id) => !reportedIds.includes(id));
  const earlier = others.length === 0 ? { found: [] } : await findEarlier(ports, data, others);
  const candidates = [
    ...reported.map((swept) => ({ swept, isReported: true })),
    ...earlier.found.map((swept) => ({ swept, isReported: false })),
  ];
  return sortOut(wanted, candidates, earlier.why);
}

async function findEarlier(
  ports: ReportPorts,
  { head }: ReportData,
  directories: readonly string[],
): Promise<{ readonly found: readonly SweptDirectory[]; readonly why?: string }> {
  const moment = Date.parse(head.asOf ?? head.endedAt ?? head.madeAt);
  try {
    const runs = await listRunsUntil(ports.ledger, moment);
    return { found: [...(await findBases(ports, runs, directories, moment)).values()] };
  } catch (error) {
    return { found: [], why: evidenceProblem(error) };
  }
}

/** What is wrong with evidence; anything else is thrown again. */
export function evidenceProblem(error: unknown): string {
  if (error instanceof WardenError && error.code.startsWith("ERR_EVIDENCE_")) return `${error.code}: ${error.message}`;
  throw error;
}

/** @param why an earlier sweep could not be looked for */
function sortOut(
  wanted: readonly string[],
  candidates: readonly PeopleSource[],
  why = "No sweep has read everybody of it.",
): PeopleSources {
  const way = newestWay(candidates);
  const sources: PeopleSource[] = [];
  const missing: MissingDirectory[] = [];
  for (const directory of wanted) {
    const source = candidates.find(({ swept }) => swept.record.id === directory);
    const reason = source ? whyNotJoined(source, way) : why;
    if (source && reason === undefined) sources.push(source);
    else missing.push({ directory, why: reason ?? why });
  }
  return { sources, missing };
}

/** Of the sweep that ended last, of those that gave keys. */
const newestWay = (candidates: readonly PeopleSource[]): string | undefined =>
  candidates
    .map(({ swept }) => swept.manifest)
    .filter(({ people }) => people !== undefined)
    .toSorted((a, b) => Date.parse(b.endedAt) - Date.parse(a.endedAt))[0]?.people;

function whyNotJoined({ swept: { manifest, record } }: PeopleSource, way: string | undefined): string | undefined {
  const { people, endedAt } = manifest;
  const sweep = `Its newest whole sweep (run ${record.run}, ended ${endedAt})`;
  if (people === undefined) return `${sweep} has kept nothing to join accounts by; sweep it again.`;
  return people === way ? undefined : `${sweep} went by another key or by other rules of \`people\`; sweep it again.`;
}
