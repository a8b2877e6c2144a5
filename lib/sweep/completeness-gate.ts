/** Whether a population may be trusted: judged on counts alone, before anything is changed. Pure. */
import {
  type DirectoryHead,
  type DirectorySource,
  MAX_CLOCK_SKEW_MS,
  type Problem,
  type SeenPopulations,
} from "../model/index.ts";
import type { BaselineComparison } from "./baseline.ts";
import { countProblem } from "./problem.ts";
import { type ClockReading, skewOf } from "./read-result.ts";

export interface CountedPopulation {
  readonly directory: string;
  /** Different subjects that the vendor listed. */
  readonly listed: number;
  /** How many more the policy wants: none of them was seen, so they count for nothing, and would be made. */
  readonly absent: number;
  /** The least that the policy says there must be. */
  readonly expected?: number | undefined;
  /** Claimed by independent counts, before and after reading. */
  readonly totals: readonly number[];
  /** What the last list answer claimed; fewer than were read means nothing. */
  readonly claimed?: number | undefined;
  readonly baseline?: DirectoryHead["baseline"] | undefined;
  /** Whose accounts these are, and which API says so. */
  readonly source?: DirectorySource | undefined;
  readonly populations?: SeenPopulations | undefined;
  readonly comparison?: BaselineComparison | undefined;
  /** Wherever both clocks are known. */
  readonly clocks: readonly ClockReading[];
}

/** A population that differs by more than the larger of these two is another one. */
const MAX_CHANGE_PERCENT = 20;
const MAX_CHANGE_ACCOUNTS = 20;
/** The same where something that was not listed would be made: then only one may be missing by chance. */
const MAX_CHANGE_BEFORE_MAKING = 1;

/** Of the last population, at least so much must be read again. */
const MIN_SHARED = 0.5;

/** Every reason why this population is incomplete; none: it may be acted on. */
export function completenessGate(population: CountedPopulation): Problem[] {
  return [
    fewerThanClaimed(population),
    fewerThanExpected(population),
    totalsFarApart(population),
    nothingRead(population),
    unlikeBaseline(population),
    fewerPopulations(population),
    fromAnotherSource(population),
    ofOtherAccounts(population),
    clocksFarApart(population),
  ].filter((problem) => problem !== undefined);
}

function fewerThanClaimed({ directory, listed, totals, claimed }: CountedPopulation): Problem | undefined {
  const lowestTotal = totals.length > 0 ? Math.min(...totals) : 0;
  const expected = Math.max(lowestTotal, claimed ?? 0);
  if (listed >= expected) return undefined;
  return countProblem(
    "ERR_READ_SHORT",
    directory,
    `${listed} accounts were read and the vendor claims ${expected}; sweep again, and ask the vendor if it stays so.`,
  );
}

/** Whom the credential may not see is in no listing and in no count of the vendor. */
function fewerThanExpected({ directory, listed, expected = 0 }: CountedPopulation): Problem | undefined {
  if (listed >= expected) return undefined;
  return countProblem(
    "ERR_READ_SHORT",
    directory,
    `${listed} accounts were read and the policy expects at least ${expected}; check what the credential may see, or correct expect.accounts.`,
  );
}

/** Two counts that have nothing to do with each other confirm nothing. */
function totalsFarApart({ directory, totals }: CountedPopulation): Problem | undefined {
  if (totals.length < 2) return undefined;
  const largest = Math.max(...totals);
  if (!isFarFrom(largest, Math.min(...totals))) return undefined;
  return countProblem(
    "ERR_READ_SHORT",
    directory,
    `The vendor counted ${totals.join(" and then ")} accounts while they were read, too far apart to confirm anything; sweep again.`,
  );
}

const isFarFrom = (expected: number, count: number, tolerance = MAX_CHANGE_ACCOUNTS) =>
  Math.abs(count - expected) > Math.max(tolerance, expected * (MAX_CHANGE_PERCENT / 100));

/** Where the policy says what must be there, it may all have to be made; what was there before, the baseline tells. */
function nothingRead({ directory, listed, absent }: CountedPopulation): Problem | undefined {
  if (listed > 0 || absent > 0) return undefined;
  return countProblem(
    "ERR_READ_EMPTY",
    directory,
    "No account was read, which proves nothing; check the environment id and the role of the credential.",
  );
}

function unlikeBaseline({ directory, listed, absent, baseline }: CountedPopulation): Problem | undefined {
  if (!baseline || listed + absent === 0) return undefined;
  const before = baseline.listed ?? baseline.read;
  const hasShrunk = listed < before;
  const tolerance = hasShrunk && absent > 0 ? MAX_CHANGE_BEFORE_MAKING : MAX_CHANGE_ACCOUNTS;
  if (!isFarFrom(before, listed, tolerance)) return undefined;
  return countProblem(
    hasShrunk ? "ERR_READ_SHRUNK" : "ERR_READ_GREW",
    directory,
    `${listed} accounts were read, ${before} in run ${baseline.run}; if that is right, accept this run with a reason.`,
  );
}

/** Whoever is in one that is not listed is in no listing and in no count either, so few accounts may go unnoticed so. */
function fewerPopulations(population: CountedPopulation): Problem | undefined {
  const { directory, populations, comparison } = population;
  const before = comparison?.populations;
  if (!populations || !before || isAnotherSource(population)) return undefined;
  const { ids: now } = populations;
  const gone = now && before.ids?.filter((id) => !now.includes(id));
  const missing = gone?.length ?? before.count - populations.count;
  if (missing <= 0) return undefined;
  const names = gone ? ` (${gone.slice(0, MAX_POPULATIONS_NAMED).join(", ")})` : "";
  return countProblem(
    "ERR_READ_SHRUNK",
    directory,
    `Of the ${before.count} populations of the last complete run, ${missing} were not listed${names}; check what the credential may see. If they were deleted, accept this run with a reason.`,
  );
}

const MAX_POPULATIONS_NAMED = 5;

/** Another tenant under the same directory may be of the same size. */
function fromAnotherSource(population: CountedPopulation): Problem | undefined {
  const { directory, source, comparison } = population;
  const before = comparison?.source;
  if (!source || !before || !isAnotherSource(population)) return undefined;
  return countProblem(
    "ERR_READ_SOURCE",
    directory,
    `The accounts come from ${source.tenant} at ${source.api}, those of the last complete run from ${before.tenant} at ${before.api}; if that is right, accept this run with a reason.`,
  );
}

const isAnotherSource = ({ source, comparison }: CountedPopulation): boolean =>
  source !== undefined &&
  comparison?.source !== undefined &&
  (source.tenant !== comparison.source.tenant || source.api !== comparison.source.api);

function ofOtherAccounts({ directory, listed, comparison }: CountedPopulation): Problem | undefined {
  if (!comparison || listed === 0) return undefined;
  const { count, shared } = comparison;
  if (count <= MAX_CHANGE_ACCOUNTS || shared >= count * MIN_SHARED) return undefined;
  return countProblem(
    "ERR_READ_SOURCE",
    directory,
    `Only ${shared} of the ${count} accounts of the last complete run were read again; if that is right, accept this run with a reason.`,
  );
}

function clocksFarApart({ directory, clocks }: CountedPopulation): Problem | undefined {
  const skewMs = Math.max(0, ...clocks.map(skewOf));
  if (skewMs <= MAX_CLOCK_SKEW_MS) return undefined;
  return countProblem(
    "ERR_READ_CLOCK",
    directory,
    `The vendor's clock and ours are ${Math.round(skewMs / 60_000)} minutes apart; set this machine's clock.`,
  );
}
