/** Whether a population may be trusted: judged on counts alone, before anything is changed. Pure. */
import type { Code } from "../errors.ts";
import type { DirectoryHead, Problem } from "../model/index.ts";

export interface CountedPopulation {
  readonly directory: string;
  /** Different subjects read. */
  readonly read: number;
  /** Claimed by independent counts, before and after reading. */
  readonly totals: readonly number[];
  /** What the last list answer claimed; fewer than were read means nothing. */
  readonly claimed?: number;
  readonly baseline?: DirectoryHead["baseline"];
  /** The vendor's clock and ours, in ms, wherever both are known. */
  readonly clocks: readonly { readonly vendor: number; readonly ours: number }[];
}

const SKEW_MS = 5 * 60_000;
const SWING = { share: 0.2, accounts: 20 };

/** Every reason why this population is incomplete; none: it may be acted on. */
export function completenessGate(counted: CountedPopulation): Problem[] {
  return [short(counted), apart(counted), empty(counted), swing(counted), skew(counted)].filter(
    (problem) => problem !== undefined,
  );
}

function short({ directory, read, totals, claimed }: CountedPopulation): Problem | undefined {
  const expected = Math.min(...totals, Number.POSITIVE_INFINITY);
  const lowest = Number.isFinite(expected) ? expected : 0;
  const wanted = Math.max(lowest, claimed ?? 0);
  if (read >= wanted) return undefined;
  return problem(
    "ERR_READ_SHORT",
    directory,
    `${read} accounts were read and the vendor claims ${wanted}; sweep again, and ask the vendor if it stays so.`,
  );
}

/** Two counts that have nothing to do with each other confirm nothing. */
function apart({ directory, totals }: CountedPopulation): Problem | undefined {
  const [least, most] = [Math.min(...totals), Math.max(...totals)];
  if (totals.length < 2 || !swings(most - least, most)) return undefined;
  return problem(
    "ERR_READ_SHORT",
    directory,
    `The vendor counted ${totals.join(" and then ")} accounts while they were read, too far apart to confirm anything; sweep again.`,
  );
}

const swings = (change: number, of: number) => Math.abs(change) > Math.max(SWING.accounts, of * SWING.share);

function empty({ directory, read }: CountedPopulation): Problem | undefined {
  if (read > 0) return undefined;
  return problem(
    "ERR_READ_EMPTY",
    directory,
    "No account was read, which proves nothing; check the environment id and the role of the credential.",
  );
}

function swing({ directory, read, baseline }: CountedPopulation): Problem | undefined {
  if (!baseline || read === 0) return undefined;
  const change = read - baseline.read;
  if (!swings(change, baseline.read)) return undefined;
  const code = change < 0 ? "ERR_READ_SHRUNK" : "ERR_READ_GREW";
  return problem(
    code,
    directory,
    `${read} accounts were read, ${baseline.read} in run ${baseline.run}; if that is right, accept this run with a reason.`,
  );
}

function skew({ directory, clocks }: CountedPopulation): Problem | undefined {
  const worst = Math.max(0, ...clocks.map(({ vendor, ours }) => Math.abs(vendor - ours)));
  if (worst <= SKEW_MS) return undefined;
  return problem(
    "ERR_READ_CLOCK",
    directory,
    `The vendor's clock and ours are ${Math.round(worst / 60_000)} minutes apart; set this machine's clock.`,
  );
}

const problem = (code: Code, directory: string, message: string): Problem => ({ code, directory, message });
