/** Opens a run: gives it its name, and puts it on record before anything is read. */
import { type Durable, runStep } from "../durable.ts";
import { WardenError } from "../errors.ts";
import { closeFinishedRun } from "../ledger/index.ts";
import type { RunOrder, RunPorts } from "./ports.ts";

export const LEDGER_DEADLINE_MS = 60_000;
/** So many of the latest runs are looked through for one that has ended and was not closed. */
const RECENT_RUNS = 20;

export interface OpenedRun {
  readonly run: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly directories: readonly string[];
}

/** Throws `ERR_LEDGER_UNAVAILABLE` when the run cannot be put on record: then it has not begun. */
export async function openRun(durable: Durable, ports: RunPorts, order: RunOrder): Promise<OpenedRun> {
  // A step of its own, without any effect: whatever is run again after this has the same name.
  const named = await runStep(durable, ports, {
    name: "name",
    deadlineMs: LEDGER_DEADLINE_MS,
    work: async () => ({ run: ports.ulid(), at: ports.clock() }),
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
  { mode, origin, directories = policy.directories.map(({ id }) => id) }: RunOrder,
  { run, at }: { readonly run: string; readonly at: number },
): Promise<OpenedRun> {
  const startedAt = new Date(at).toISOString();
  for (const earlier of await ledger.listRuns(RECENT_RUNS))
    if (earlier.status === "running") await closeFinishedRun(ledger, earlier.run);
  await ledger.openRun({
    run,
    mode,
    status: "running",
    origin,
    policy: policyHash,
    code,
    startedAt,
    directories,
  });
  if (mode === "enforce") await ledger.setDeployedPolicy(policyHash);
  return { run, startedAt, directories };
}
