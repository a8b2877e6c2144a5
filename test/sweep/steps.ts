/** One sweep of the directory `workforce`, step by step: what each step that changed accounts came to. */
import { ulid } from "ulid";
import type { LongLivedPorts } from "../../functions/workflows.ts";
import { type SweepOrder, type SweepPorts, sweep } from "../../lib/sweep/index.ts";
import type { World } from "../world.ts";
import { plainEngine, toJson } from "./engine.ts";
import { sumOf, WORKFORCE } from "./known-world.ts";

export interface StepHooks extends Partial<LongLivedPorts<SweepPorts>> {
  /** Called when the workflow waits. */
  readonly onWait?: (name: string, seconds: number) => Promise<void> | void;
}

const ORIGIN = { by: "tester", how: "steps.ts" };

export async function sweepInSteps(
  world: World,
  yaml?: string,
  { onWait, ...more }: StepHooks = {},
  order: Partial<SweepOrder> = {},
) {
  const ports = world.ports(yaml, more);
  await world.ledger.setDeployedPolicy(ports.policyHash);
  const batches: number[] = [];
  const names: string[] = [];
  const engine = plainEngine({
    async step(name, work) {
      const json = await toJson(work);
      names.push(name);
      const { result } = JSON.parse(json);
      if (/^enforce-\d+$/.test(name) && result.ok) batches.push(sumOf(result.value.outcomes));
      return json;
    },
    wait: async (name, seconds) => {
      names.push(name);
      await onWait?.(name, seconds);
    },
  });
  const opened = {
    run: ulid(),
    mode: "enforce",
    origin: ORIGIN,
    startedAt: new Date(ports.clock()).toISOString(),
  } as const;
  const { policyHash: policy, code } = ports;
  await world.ledger.openRun({ ...opened, status: "running", policy, code, directories: [WORKFORCE] });
  const record = await sweep(
    engine,
    { ...ports, invokedAt: ports.clock() },
    { ...opened, directory: WORKFORCE, ...order },
  );
  /** `batches`: how many changes each step ended. `names`: of all steps and waits. */
  return { record, batches, names };
}
