/** Tells the approvers that plans of a run wait for them: once for each run, whatever becomes of the process. */
import { hashRun } from "../approval/index.ts";
import { type Durable, runStep } from "../durable.ts";
import {
  type DirectoryRecord,
  type Ledger,
  omitUndefined,
  type PlanNoticeRecord,
  type PlanRecord,
  type Problem,
} from "../model/index.ts";
import { composePlanNotice } from "../notice/index.ts";
import { deliver, firstWay } from "./deliver.ts";
import type { RunPorts } from "./ports.ts";

const TELL_DEADLINE_MS = 60_000;

/** Answers a note for each directory of whose plan the approvers were not told. */
export async function tellApprovers(
  durable: Durable,
  ports: RunPorts,
  run: string,
  records: readonly DirectoryRecord[],
): Promise<readonly Problem[]> {
  if (!ports.policy.notify?.plan) return [];
  const step = await runStep(durable, ports, {
    name: "tell-approvers",
    deadlineMs: TELL_DEADLINE_MS,
    work: (signal) => tellOnce(ports, run, signal),
  });
  if (!step.ok) return records.filter(leavesPlan).map(({ id }) => perhapsNotTold(id, run, step.problem.code));
  const { told, directories, reasons = [] } = step.value;
  const { why, status } = told ?? {};
  if (status === "sending")
    return directories.map((directory) => perhapsNotTold(directory, run, "its try was cut off"));
  return why === undefined ? [] : directories.map((directory) => notTold(directory, run, [why, ...reasons]));
}

/** @param why its code, and what the receivers answered, a sentence each */
const notTold = (directory: string, run: string, [why = "", ...reasons]: readonly string[]): Problem => ({
  code: "ERR_NOTICE_FAILED",
  message: [
    `The approvers were not told that the plan of ${directory} waits (${why}); tell them yourself: \`plan ${run}\` shows it.`,
    ...reasons,
  ].join(" "),
  directory,
});

const leavesPlan = ({ status }: DirectoryRecord): boolean => status === "awaiting-approval" || status === "halted";

const perhapsNotTold = (directory: string, run: string, why: string): Problem => ({
  code: "ERR_NOTICE_FAILED",
  message: `Perhaps the approvers were not told that the plan of ${directory} waits (${why}); ask them: \`plan ${run}\` shows it.`,
  directory,
});

interface Told {
  /** Absent where nothing waits. */
  readonly told?: PlanNoticeRecord;
  /** Whose plans wait. */
  readonly directories: readonly string[];
  /** Why receivers were not told, a sentence each. */
  readonly reasons?: readonly string[];
}

async function tellOnce(ports: RunPorts, run: string, signal: AbortSignal): Promise<Told> {
  const { policy, ledger, clock } = ports;
  const settings = policy.notify?.plan;
  const known = await ledger.readRun(run);
  const all = await ledger.readPlans(run);
  const plans = all.filter(({ status }) => status === "waiting");
  const directories = plans.map(({ directory }) => directory);
  // An approval of a run names all that it left, be it that some of it was applied at once.
  const hash = hashRun(all);
  if (!settings || !known || plans.length === 0 || hash === undefined) return { directories };
  // An earlier try has begun to: whether its message went out nobody knows, and it is not sent twice.
  if (known.run.told) return { told: known.run.told, directories };
  const at = new Date(clock()).toISOString();
  const begun = { at, by: firstWay(ports, settings.to), status: "sending" } as const;
  if (!(await ledger.saveTold(run, begun))) return { directories };
  const waiting = { run: known.run, hash, plans, byRule: await countByRule(ledger, plans), at };
  const failures = await deliver(
    ports,
    settings.to,
    (to) => composePlanNotice({ ...settings, to }, waiting, policy.timezone),
    signal,
  );
  const told: PlanNoticeRecord = omitUndefined({
    ...begun,
    status: failures.length > 0 ? "failed" : "sent",
    why: failures[0]?.code,
    failed: failures.length > 0 ? failures.map(({ recipient }) => recipient) : undefined,
  });
  await ledger.saveTold(run, told);
  return { told, directories, reasons: failures.map(({ why }) => why) };
}

async function countByRule(
  ledger: Pick<Ledger, "listChanges">,
  plans: readonly PlanRecord[],
): Promise<ReadonlyMap<string, Readonly<Record<string, number>>>> {
  const byDirectory = new Map<string, Record<string, number>>();
  for (const { run, directory, authors } of plans) {
    const counts: Record<string, number> = {};
    for await (const changes of ledger.listChanges(run, directory))
      for (const { rule, outcome, author } of changes)
        if (outcome === undefined && authors.includes(author)) counts[rule] = (counts[rule] ?? 0) + 1;
    byDirectory.set(directory, counts);
  }
  return byDirectory;
}
