/** The register of exceptions: every exemption of the policy, whether its account was seen, and how long it has left. */

import { omitUndefined } from "../../model/index.ts";
import { type Exemption, foldId, type Policy } from "../../policy/index.ts";
import type { Accumulator } from "./accumulator.ts";
import type { ReportHead, ReportRow } from "./model.ts";

export interface ExemptionEntry {
  readonly exemption: Exemption;
  /** At the moment of the run. */
  readonly state: "in force" | "not yet" | "ended";
  /** Its account was in the population. */
  readonly accountSeen: boolean;
  /** As the vendor calls the account now. */
  readonly username?: string;
  /** The account meets what is required of it anyway. */
  readonly unneeded: boolean;
  /** Whole days until it ends, counted from the run; 0 when it has. */
  readonly daysLeft: number;
  /** Its last day, in the policy's time zone: 2026-12-15. */
  readonly lastDay: string;
}

export interface ExemptionRegister {
  /** Soonest to end first; those that have ended come last. */
  readonly entries: readonly ExemptionEntry[];
  /** The policy of the run is not kept, so nobody can say who approved what, and until when. */
  readonly policyMissing: boolean;
}

const DAY_MS = 86_400_000;

/** An accumulator of rows that finds the account of each exemption. */
export function registerExemptions(
  policy: Policy | undefined,
  { endedAt, startedAt, asOf }: ReportHead,
): Accumulator<ReportRow, ExemptionRegister> {
  const now = Date.parse(asOf ?? endedAt ?? startedAt);
  const exemptions = policy?.exemptions ?? [];
  const byDirectory = new Map<string, ReadonlyMap<string, readonly Exemption[]>>(
    Array.from(
      Map.groupBy(exemptions, ({ directory }) => directory),
      ([directory, own]) => [directory, Map.groupBy(own, ({ account }) => foldId(account))],
    ),
  );
  const accounts = new Map<Exemption, ExemptAccount>();
  return {
    add({ directory, id, username, exemption: binding, read }) {
      const found = byDirectory.get(directory)?.get(foldId(id)) ?? [];
      for (const exemption of found)
        accounts.set(exemption, { username, unneeded: binding === exemption.id && read === "compliant" });
    },
    end: () => ({
      policyMissing: policy === undefined,
      entries: exemptions
        .map((exemption) => entryOf(exemption, accounts.get(exemption), now, policy?.timezone ?? "UTC"))
        .toSorted((a, b) => Number(a.state === "ended") - Number(b.state === "ended") || until(a) - until(b)),
    }),
  };
}

/** The account of an exemption, as the population has it. */
interface ExemptAccount {
  readonly username: string;
  readonly unneeded: boolean;
}

const until = ({ exemption }: ExemptionEntry) => exemption.until;

function entryOf(
  exemption: Exemption,
  account: ExemptAccount | undefined,
  now: number,
  timezone: string,
): ExemptionEntry {
  return {
    exemption,
    state: now < exemption.from ? "not yet" : now < exemption.until ? "in force" : "ended",
    accountSeen: account !== undefined,
    unneeded: account?.unneeded ?? false,
    ...omitUndefined({ username: account?.username }),
    daysLeft: Math.max(0, Math.ceil((exemption.until - now) / DAY_MS)),
    lastDay: formatDayIn(exemption.until - 1, timezone),
  };
}

/** A moment's day in a time zone, like 2026-12-15. */
export const formatDayIn = (at: number, timezone: string): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: timezone, dateStyle: "short" }).format(at);
