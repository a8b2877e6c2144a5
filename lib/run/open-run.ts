/** Opens a run: gives it its name, and puts it on record before anything is read. */
import { type Durable, runStep } from "../durable.ts";
import { WardenError } from "../errors.ts";
import { closeFinishedRun } from "../ledger/index.ts";
import { omitUndefined } from "../model/index.ts";
import type { RunOrder, RunPorts } from "./ports.ts";
import { nameRun } from "./run-name.ts";

export const LEDGER_DEADLINE_MS = 60_000;
/** So many of the latest runs are looked through for one that has ended and was not closed. */
const RECENT_RUNS = 20;

export interface OpenedRun {
  readonly run: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly directories: readonly string[];
  /** Another execution has opened this run: its start was delivered twice. */
  readonly isDuplicate?: true;
}

/** What the first step of a run found; `opener` is missing in executions that an earlier version began. */
interface NamedRun {
  readonly run: string;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Stands for this execution. */
  readonly opener?: string;
}

/** Throws `ERR_LEDGER_UNAVAILABLE` when the run cannot be put on record: then it has not begun. */
export async function openRun(durable: Durable, ports: RunPorts, order: RunOrder): Promise<OpenedRun> {
  // A step of its own, without any effect: whatever is run again after this has the same name.
  const named = await runStep(durable, ports, {
    name: "name",
    deadlineMs: LEDGER_DEADLINE_MS,
    work: async (): Promise<NamedRun> => ({
      run: nameRun(order, ports.ulid),
      at: ports.clock(),
      opener: ports.ulid(),
    }),
  });
  if (!named.ok) throw new WardenError("ERR_LEDGER_UNAVAILABLE", named.problem.message);
  const opened = await runStep(durable, ports, {
    name: "open",
    deadlineMs: LEDGER_DEADLINE_MS,
    work: () => recordOpen(ports, order, named.value),
  });
  if (!opened.ok) throw new WardenError("ERR_LEDGER_UNAVAILABLE", opened.problem.message);
  return opened.value;
}

async function recordOpen(
  { policy, policyHash, ledger, code }: RunPorts,
  order: RunOrder,
  { run, at, opener }: NamedRun,
): Promise<OpenedRun> {
  const { mode, origin, applies, undoes } = order;
  const directories = directoriesOf(policy, order);
  const startedAt = new Date(at).toISOString();
  for (const earlier of await ledger.listRuns(RECENT_RUNS))
    if (earlier.status === "running") await closeFinishedRun(ledger, earlier.run);
  const opened = { run, mode, status: "running", origin, policy: policyHash, code, startedAt, directories } as const;
  await ledger.openRun(omitUndefined({ ...opened, opener, applies: applies?.run, undoes: undoes?.run }));
  // This step may be run twice itself: only who opened the run tells.
  const recorded = await ledger.readRun(run);
  if (recorded && recorded.run.opener !== opener) return { run, startedAt, directories, isDuplicate: true };
  if (mode === "enforce") await ledger.setDeployedPolicy(policyHash);
  return { run, startedAt, directories };
}

/** A run that applies plans sweeps no directory without one, whoever asks for it: there it would change whatever it found. */
function directoriesOf(policy: RunPorts["policy"], { applies, directories }: RunOrder): readonly string[] {
  const chosen = directories ?? policy.directories.map(({ id }) => id);
  return applies ? chosen.filter((id) => Object.hasOwn(applies.plans, id)) : chosen;
}
