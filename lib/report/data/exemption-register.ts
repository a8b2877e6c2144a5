/** The register of exceptions: every exemption of the policy, whether its account was seen, and how long it has left. */

import { type Exemption, foldId, type Policy } from "../../policy/index.ts";
import type { ReportHead, ReportRow } from "./model.ts";

export interface Entry {
  readonly exemption: Exemption;
  /** At the moment of the run. */
  readonly state: "in force" | "not yet" | "ended";
  /** Its account was in the population. */
  readonly seen: boolean;
  /** As the vendor calls the account now. */
  readonly username?: string;
  /** The account meets what is required of it anyway. */
  readonly needless: boolean;
  /** Whole days until it ends, counted from the run; 0 when it has. */
  readonly daysLeft: number;
  /** Its last day, in the policy's time zone: 2026-12-15. */
  readonly lastDay: string;
}

export interface Register {
  /** Soonest to end first; those that have ended come last. */
  readonly entries: readonly Entry[];
  /** The policy of the run is not kept, so nobody can say who approved what, and until when. */
  readonly lost: boolean;
}

const DAY = 86_400_000;

export function openRegister(policy: Policy | undefined, { endedAt, startedAt, asOf }: ReportHead) {
  const now = Date.parse(asOf ?? endedAt ?? startedAt);
  const byDirectory = new Map<string, Map<string, Exemption[]>>();
  for (const exemption of policy?.exemptions ?? []) {
    const accounts = byDirectory.get(exemption.directory) ?? new Map<string, Exemption[]>();
    const key = foldId(exemption.account);
    accounts.set(key, [...(accounts.get(key) ?? []), exemption]);
    byDirectory.set(exemption.directory, accounts);
  }
  const seen = new Map<Exemption, { readonly username: string; readonly needless: boolean }>();
  return {
    see(row: ReportRow): void {
      const found = byDirectory.get(row.directory)?.get(foldId(row.id)) ?? [];
      for (const exemption of found) {
        const needless = row.exemption === exemption.id && row.read === "compliant";
        seen.set(exemption, { username: row.username, needless });
      }
    },
    end: (): Register => ({
      lost: policy === undefined,
      entries: (policy?.exemptions ?? [])
        .map((exemption) => entryOf(exemption, seen.get(exemption), now, policy?.timezone ?? "UTC"))
        .toSorted((a, b) => Number(a.state === "ended") - Number(b.state === "ended") || until(a) - until(b)),
    }),
  };
}

const until = ({ exemption }: Entry) => exemption.until;

function entryOf(
  exemption: Exemption,
  account: { readonly username: string; readonly needless: boolean } | undefined,
  now: number,
  timezone: string,
): Entry {
  return {
    exemption,
    state: now < exemption.from ? "not yet" : now < exemption.until ? "in force" : "ended",
    seen: account !== undefined,
    needless: account?.needless ?? false,
    ...(account ? { username: account.username } : {}),
    daysLeft: Math.max(0, Math.ceil((exemption.until - now) / DAY)),
    lastDay: dayOf(exemption.until - 1, timezone),
  };
}

/** A day as its zone has it. */
export const dayOf = (at: number, timezone: string): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: timezone, dateStyle: "short" }).format(at);
