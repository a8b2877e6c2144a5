/** Which plans came to another status while a run went on: those that it made, the one that it applied, and those that it ended. */

import { type Durable, runStep } from "../durable.ts";
import { type Ledger, type PlanRecord, type PlanStatus, planChanged } from "../model/index.ts";
import { LEDGER_DEADLINE_MS } from "./open-run.ts";
import type { RunOrder, RunPorts } from "./ports.ts";

const ANNOUNCE_DEADLINE_MS = 30_000;

type PlanLedger = Pick<Ledger, "readHead" | "readPlans">;

/** Where a plan stood when the run began. */
export interface PlanBefore extends Pick<PlanRecord, "run" | "directory"> {
  readonly status: PlanStatus;
}

/** Where plans stand now; nothing where nobody listens to what becomes of them. */
export async function notePlans(
  durable: Durable,
  ports: RunPorts,
  order: RunOrder,
  directories: readonly string[],
): Promise<readonly PlanBefore[]> {
  if (!ports.announcePlan) return [];
  const step = await runStep(durable, ports, {
    name: "plans-before",
    deadlineMs: LEDGER_DEADLINE_MS,
    work: () => readPlansBefore(ports.ledger, directories, order),
  });
  return step.ok ? step.value : [];
}

/** Says of each plan that stands otherwise than before, or was made by the run, where it stands. */
export async function announcePlans(
  durable: Durable,
  ports: RunPorts,
  run: string,
  before: readonly PlanBefore[],
): Promise<void> {
  const { announcePlan, ledger } = ports;
  if (!announcePlan) return;
  await runStep(durable, ports, {
    name: "announce-plans",
    deadlineMs: ANNOUNCE_DEADLINE_MS,
    work: async (signal) => {
      for (const plan of await findChangedPlans(ledger, run, before)) await announcePlan(planChanged(plan), signal);
    },
  });
}

/** The newest plan of each directory, and the plans that the run is to apply. */
async function readPlansBefore(
  ledger: PlanLedger,
  directories: readonly string[],
  { applies }: Pick<RunOrder, "applies">,
): Promise<PlanBefore[]> {
  const runs = new Set(applies ? [applies.run] : []);
  for (const directory of directories) {
    const { plan } = await ledger.readHead(directory);
    if (plan) runs.add(plan.run);
  }
  const plans = (await Promise.all([...runs].map((run) => ledger.readPlans(run)))).flat();
  return plans
    .filter(({ directory }) => directories.includes(directory))
    .map(({ run, directory, status }) => ({ run, directory, status }));
}

/** In the order in which they were made; a plan of the run itself that asked for nothing is none. */
async function findChangedPlans(ledger: PlanLedger, run: string, before: readonly PlanBefore[]): Promise<PlanRecord[]> {
  const earlier = [...new Set(before.map((plan) => plan.run))].filter((one) => one !== run);
  const plans = (await Promise.all([...earlier, run].map((one) => ledger.readPlans(one)))).flat();
  return plans.filter((plan) => {
    if (plan.run === run) return plan.status !== "applied" || plan.changes > 0;
    const known = before.find((one) => one.run === plan.run && one.directory === plan.directory);
    return known !== undefined && known.status !== plan.status;
  });
}
