/** What people did in a period: decided on plans, accepted populations, turned the kill switch, held accounts. */

import { mapConcurrently } from "../../../concurrency.ts";
import { planStatusAt, type RunRecord } from "../../../model/index.ts";
import { isWithin } from "./days.ts";
import type { HoldAct, Period, PeriodActs, PeriodPorts, ScopedTurn } from "./model.ts";

const READS_IN_PARALLEL = 8;
/** Scope of the switch that stops changes in every directory. */
const EVERYWHERE = "all";

/** @param directories every directory that the period knows */
export async function readActs(
  ports: PeriodPorts,
  period: Period,
  runs: readonly RunRecord[],
  directories: readonly string[],
): Promise<PeriodActs> {
  const [decisions, switches, holds, accepted] = await Promise.all([
    readDecisions(ports, runs),
    readSwitches(ports, period, directories),
    readHolds(ports, period, directories),
    readAccepted(ports, period, directories),
  ]);
  return { ...decisions, ...switches, holds, accepted };
}

async function readDecisions(
  { ledger, clock }: PeriodPorts,
  runs: readonly RunRecord[],
): Promise<Pick<PeriodActs, "plans" | "refused">> {
  const found = await mapConcurrently(runs, READS_IN_PARALLEL, async ({ run }) => {
    const [plans, attempts] = await Promise.all([ledger.readPlans(run), ledger.listAttempts(run)]);
    return { run, plans, attempts };
  });
  const now = clock();
  return {
    // A plan of nothing that nobody decided on is none to tell of.
    plans: found
      .flatMap(({ plans }) => plans)
      .filter(({ changes, decision }) => changes > 0 || decision)
      .map((plan) => ({ ...plan, status: planStatusAt(plan, now) })),
    refused: found.flatMap(({ run, attempts }) =>
      attempts.filter(({ refused }) => refused !== undefined).map((attempt) => ({ ...attempt, run })),
    ),
  };
}

async function readSwitches(
  { ledger }: PeriodPorts,
  period: Period,
  directories: readonly string[],
): Promise<Pick<PeriodActs, "turns" | "haltedBefore" | "unknownTurns">> {
  const scopes = [EVERYWHERE, ...directories];
  const histories = await mapConcurrently(scopes, READS_IN_PARALLEL, async (scope) => ({
    scope,
    ...(await ledger.readSwitchHistory(scope)),
  }));
  const turns = histories.flatMap(({ scope, turns: own }) => own.map((turn): ScopedTurn => ({ ...turn, scope })));
  const lastBefore = scopes.flatMap(
    (scope) => turns.findLast((turn) => turn.scope === scope && Date.parse(turn.at) < period.begins) ?? [],
  );
  return {
    turns: turns.filter(({ at }) => isWithin(period, at)).toSorted(byTime),
    haltedBefore: lastBefore.filter(({ halted }) => halted),
    unknownTurns: histories.flatMap(({ scope, firstKnown }) =>
      firstKnown && Date.parse(firstKnown.at) > period.begins ? [{ scope, before: firstKnown.at }] : [],
    ),
  };
}

/** What people did with holds within the period, and holds that lasted into it. */
async function readHolds({ ledger }: PeriodPorts, period: Period, directories: readonly string[]): Promise<HoldAct[]> {
  const held = (await mapConcurrently(directories, READS_IN_PARALLEL, (id) => ledger.listHeldSubjects(id))).flat();
  const acts = await mapConcurrently(held, READS_IN_PARALLEL, async ({ directory, id, username }) =>
    (await ledger.readHoldRecords(directory, id)).map((act): HoldAct => ({ ...act, directory, id, username })),
  );
  const lastedInto = ({ at, until = at }: HoldAct) =>
    Date.parse(at) < period.begins && Date.parse(until) > period.begins;
  return acts
    .flat()
    .filter((act) => isWithin(period, act.at) || lastedInto(act))
    .toSorted(byTime);
}

async function readAccepted(
  { ledger }: PeriodPorts,
  period: Period,
  directories: readonly string[],
): Promise<PeriodActs["accepted"]> {
  const decisions = await mapConcurrently(directories, READS_IN_PARALLEL, async (directory) =>
    (await ledger.listBaselineDecisions(directory)).map((decision) => ({ ...decision, directory })),
  );
  return decisions
    .flat()
    .filter(({ at }) => isWithin(period, at))
    .toSorted(byTime);
}

const byTime = (a: { readonly at: string }, b: { readonly at: string }): number =>
  a.at < b.at ? -1 : Number(a.at > b.at);
