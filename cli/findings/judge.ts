/** Makes an exit code of its own of what was found, for scripts that stop on some things and not on others. */

import { type DirectoryRecord, omitUndefined } from "../../lib/model/index.ts";
import type { Records } from "../local/records.ts";
import { countCoverage } from "../terminal/coverage-text.ts";
import { errors } from "../terminal/output.ts";
import { countNotTaken } from "../terminal/summary.ts";
import { type Baseline, countNew, readBaseline } from "./baseline.ts";
import { FINDINGS, type Finding, type FindingOptions } from "./options.ts";

const FOUND = 4;
const INCOMPLETE = 3;
const OPEN = 1;
const DEFAULT_FAIL_ON: readonly Finding[] = ["violating", "unknown"];

export interface Judged {
  readonly counts: Readonly<Record<Finding, number>>;
  readonly newSince?: string;
  /** Those of `--fail-on` that there are. */
  readonly found: readonly Finding[];
}

/** @param expected ids of all directories that something should be known of */
export type JudgeFindings = (records: readonly DirectoryRecord[], expected: readonly string[]) => Promise<Judged>;

const isAsked = ({ failOn, newSince }: FindingOptions): boolean => failOn !== undefined || newSince !== undefined;

/** `undefined` where neither option was given. Reads the baseline at once, so that a wrong one stops everything before the work. */
export async function findingJudge(
  ports: Pick<Records, "ledger" | "evidence">,
  options: FindingOptions,
): Promise<JudgeFindings | undefined> {
  if (!isAsked(options)) return undefined;
  const { failOn = DEFAULT_FAIL_ON, newSince } = options;
  const baseline = newSince === undefined ? undefined : await readBaseline(ports, newSince);
  return async (records, expected) => {
    const counts = await countFindings(ports, records, expected, baseline);
    return omitUndefined({ counts, found: failOn.filter((finding) => counts[finding] > 0), newSince });
  };
}

/** Where nothing is recorded nothing is proven. */
export const exitCodeOfNothing = (options: FindingOptions): number => (isAsked(options) ? INCOMPLETE : 0);

async function countFindings(
  ports: Pick<Records, "ledger" | "evidence">,
  records: readonly DirectoryRecord[],
  expected: readonly string[],
  baseline: Baseline | undefined,
): Promise<Judged["counts"]> {
  const { violating, unknown, incomplete } = countCoverage(records, expected);
  const open = baseline ? await countNew(ports, records, baseline) : { violating, unknown };
  const notTaken = records.reduce((sum, { changes }) => sum + countNotTaken(changes), 0);
  return { ...open, incomplete: incomplete.length, "not-taken": notTaken };
}

/** Says on standard error what was found, and answers the exit code. @param usual the one without these options */
export function concludeFindings(judged: Judged | undefined, usual: number): number {
  if (judged === undefined) return usual;
  const { counts, newSince, found } = judged;
  const exitCode = exitCodeOf(judged, usual);
  const since = newSince === undefined ? "" : `, violating and unknown only if new since run ${newSince}`;
  const why = found.length === 0 ? "" : ` for ${found.join(", ")}`;
  const texts = FINDINGS.map((finding) => `${counts[finding]} ${finding}`).join(", ");
  errors.line(`Found ${texts}${since}: exit code ${exitCode}${why}.`);
  return exitCode;
}

/** What was not read is never a 0. */
function exitCodeOf({ counts, found }: Judged, usual: number): number {
  if (found.length > 0) return FOUND;
  if (counts.incomplete > 0) return INCOMPLETE;
  return usual === OPEN ? 0 : usual;
}
