/** Many changes at a simulated PingOne, by a sweep or by events: the vendor's calls and the ledger's requests that they cost. */

import { runHere } from "../../cli/local/runner.ts";
import type { Queue } from "../../lib/model/index.ts";
import { messageRechecker } from "../../lib/recheck/index.ts";
import type { ProgressEvent } from "../../lib/sweep/index.ts";
import { memoryEvidence } from "../shared/evidence-stores.ts";
import { sum } from "../shared/figures.ts";
import { DIRECTORY } from "../shared/policy.ts";
import { type Simulator, withSimulator } from "../shared/simulator.ts";
import { makeAccount, switchMfaOff } from "../shared/tenant-control.ts";
import { sweepPorts } from "../sweep/ports.ts";
import { type LedgerRequest, type LedgerWire, withLedgerWire } from "./ledger-wire.ts";

const OTHER_ACCOUNTS = 10;
const MESSAGES_PER_BATCH = 10;
const ORIGIN = { by: "bench", how: "bench" };

const rulesFor = (requirement: string) => `rules: [{ name: everyone, match: all, require: ${requirement} }]
limits: { changesPerRun: { count: 50000, percent: 100 }, changesPerDay: 100000 }
`;

/** A tenant in which some accounts need a change, and a ledger that knows nobody. */
interface Stage {
  readonly simulator: Simulator;
  readonly ledger: LedgerWire;
  readonly ports: ReturnType<typeof sweepPorts>;
  /** Ids of those that need a change. */
  readonly due: readonly string[];
}

export interface CountedChanges {
  readonly changes: number;
  /** By "METHOD route", but for tokens. */
  readonly vendorCalls: Readonly<Record<string, number>>;
  readonly requests: readonly LedgerRequest[];
}

const withStage = <T>(changes: number, requirement: string, work: (stage: Stage) => Promise<T>): Promise<T> =>
  withSimulator(OTHER_ACCOUNTS, 0, (simulator) =>
    withLedgerWire(async (ledger) => {
      const { tenant } = simulator;
      const due: string[] = [];
      for (let i = 0; i < changes; i++) due.push(await makeAccount(tenant));
      for (const id of due) await switchMfaOff(tenant, id);
      const ports = sweepPorts(tenant, ledger.client, memoryEvidence(), rulesFor(requirement));
      return work({ simulator, ledger, ports, due });
    }),
  );

/** By one sweep; what a sweep that only plans them costs is taken off. */
export const countSweptChanges = (changes: number, requirement: string): Promise<CountedChanges> =>
  withStage(changes, requirement, async (stage) => {
    const planning = await countCalls(stage, () => sweep(stage, "plan"));
    let from = 0;
    const onProgress = ({ did }: ProgressEvent) => {
      if (did === "planned") from = stage.ledger.requests.length;
    };
    const enforcing = await countCalls(stage, () => sweep(stage, "enforce", onProgress));
    const extra = Object.entries(enforcing).map(([call, count]) => [call, count - (planning[call] ?? 0)] as const);
    return {
      changes: await assertMade(stage),
      vendorCalls: Object.fromEntries(extra.filter(([, count]) => count !== 0)),
      requests: stage.ledger.requests.slice(from),
    };
  });

/** By an event each, as the queue hands them over. */
export const countEventChanges = (changes: number, requirement: string): Promise<CountedChanges> =>
  withStage(changes, requirement, async (stage) => {
    const { evidence: _, ...ports } = stage.ports;
    await ports.ledger.setDeployedPolicy(ports.policyHash);
    const from = stage.ledger.requests.length;
    const recheck = messageRechecker({ ...ports, queue: NO_QUEUE, onProgress: () => undefined });
    const vendorCalls = await countCalls(stage, async () => {
      for (let start = 0; start < changes; start += MESSAGES_PER_BATCH)
        await recheck(stage.due.slice(start, start + MESSAGES_PER_BATCH).map(messageOf), new AbortController().signal);
    });
    return { changes: await assertMade(stage), vendorCalls, requests: stage.ledger.requests.slice(from) };
  });

const messageOf = (subject: string) => ({
  id: subject,
  receipt: subject,
  receives: 1,
  body: JSON.stringify({ directory: DIRECTORY, events: [{ id: subject, directory: DIRECTORY, subject }] }),
});

const unused = () => Promise.reject(new Error("Nothing is put on a queue here."));
const CLOSED = { send: unused, sendToDeadLetter: unused, receive: unused, acknowledge: unused, delay: unused };
const NO_QUEUE: Queue = { ...CLOSED, deadLetters: CLOSED };

export interface HaltedSweep {
  readonly planned: number;
  /** Accounts that were being changed when the switch was off. */
  readonly underway: number;
  /** Accounts that were claimed after that, and changed all the same. */
  readonly begunAfter: number;
}

/** A sweep during which the kill switch is thrown, right after so many accounts were changed. */
export const haltSweep = (changes: number, after: number): Promise<HaltedSweep> =>
  withStage(changes, "enabled", async ({ ports }) => {
    const claimed = { before: new Set<string>(), after: new Set<string>() };
    const changed = new Set<string>();
    let isThrown = false;
    let underway = 0;
    const throwSwitch = async () => {
      await ports.ledger.setKillSwitch(DIRECTORY, "bench", ORIGIN);
      isThrown = true;
    };
    let thrown = Promise.resolve();
    const onProgress = (event: ProgressEvent) => {
      if (event.did === "claimed") claimed[isThrown ? "after" : "before"].add(event.subject);
      if (event.did !== "changed") return;
      changed.add(event.subject);
      if (changed.size === after) thrown = throwSwitch();
      if (isThrown && claimed.before.has(event.subject)) underway++;
    };
    const report = await runHere({ ...ports, onProgress }, { mode: "enforce", origin: ORIGIN });
    await thrown;
    if (report.status !== "halted") throw new Error(`The sweep was not halted: it is ${report.status}.`);
    return { planned: changes, underway, begunAfter: [...changed].filter((id) => claimed.after.has(id)).length };
  });

const sweep = ({ ports }: Stage, mode: "plan" | "enforce", onProgress?: (event: ProgressEvent) => void) =>
  runHere(onProgress ? { ...ports, onProgress } : ports, { mode, origin: ORIGIN });

async function countCalls({ simulator }: Stage, work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = await simulator.countCalls();
  await work();
  const after = Object.entries(await simulator.countCalls());
  return Object.fromEntries(
    after
      .map(([call, count]) => [call, count - (before[call] ?? 0)] as const)
      .filter(([call, count]) => count > 0 && call !== "POST token"),
  );
}

/** Figures of changes that the ledger does not show would mean nothing. */
async function assertMade({ ports, due }: Stage): Promise<number> {
  const states = await ports.ledger.readStates(DIRECTORY, due, true);
  const made = sum(due.map((id) => Number(states.get(id)?.judgement.verdict === "compliant")));
  if (made !== due.length) throw new Error(`The ledger shows ${made} of ${due.length} accounts as compliant.`);
  return made;
}
