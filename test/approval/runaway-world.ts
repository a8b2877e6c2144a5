/** A tenant, a ledger and everybody who works on them, under a clock of its own; it notes every account that was really switched on. */
import { opener } from "../../functions/compose-ports.ts";
import type { LongLivedPorts } from "../../functions/workflows.ts";
import { type ApprovedPlans, approvePlans, rejectPlans } from "../../lib/approval/index.ts";
import type { Evidence, Ledger, Mode, PlanRecord } from "../../lib/model/index.ts";
import { messageRechecker } from "../../lib/recheck/index.ts";
import { type RunReport, runDirectories } from "../../lib/run/index.ts";
import { type SweepOrder, type SweepPorts, sweep } from "../../lib/sweep/index.ts";
import { eventMessage, NO_QUEUE } from "../recheck/events.ts";
import { directEngine } from "../sweep/direct-engine.ts";
import { WORKFORCE } from "../sweep/known-world.ts";
import { startWorld, type World } from "../world.ts";

export const ACCOUNTS = 16;
export const APPROVER = { by: "jane@desk", how: "test" };
const STARTER = { by: "scheduler", how: "test" };
const DEVICES = [{ type: "TOTP", status: "ACTIVE" }];

/** An account that went from off to on because we asked for it. */
export interface Effect {
  readonly id: string;
  /** By the clock of whoever asked, in ms. */
  readonly at: number;
  /** Of the approved plan under which it was asked for, if any. */
  readonly plan?: PlanRecord | undefined;
}

export interface RunawayWorld {
  readonly world: World;
  readonly ids: readonly string[];
  readonly effects: readonly Effect[];
  now(): number;
  advance(ms: number): void;
  /** @param killAfter writes to the ledger after which the process is dead; answers `undefined` if it died */
  sweep(mode: Mode, yaml: string, killAfter?: number): Promise<RunReport | undefined>;
  apply(approved: ApprovedPlans, plan: PlanRecord, yaml: string, killAfter?: number): Promise<RunReport | undefined>;
  event(id: string, yaml: string): Promise<void>;
  approve(plan: PlanRecord, yaml: string, by?: string, hash?: string): Promise<ApprovedPlans>;
  reject(plan: PlanRecord, yaml: string): Promise<void>;
  /** Of every run, oldest first. */
  plans(): Promise<PlanRecord[]>;
  close(): Promise<void>;
}

export async function startRunawayWorld(): Promise<RunawayWorld> {
  const time: { ahead: number } = { ahead: 0 };
  const world = await startWorld({ accounts: ACCOUNTS, now: () => Date.now() + time.ahead });
  const ids = Array.from({ length: ACCOUNTS }, (_, index) => world.vendor.account(index).id);
  for (const id of ids) world.vendor.change(id, { mfaEnabled: true, enabled: true, devices: DEVICES });
  const advance = (ms: number): void => {
    time.ahead += ms;
    world.time.ahead = time.ahead;
  };
  const { clock } = world.ports();
  const effects: Effect[] = [];
  const runs: string[] = [];
  let applied: PlanRecord | undefined;

  /** Notes what a change has really done, whatever was answered. */
  const noting: typeof fetch = async (input, init) => {
    const id = init?.method === "PUT" ? ids.find((one) => String(input).includes(one)) : undefined;
    const wasOff = id !== undefined && world.vendor.find(id)?.mfaEnabled === false;
    const at = clock();
    try {
      return await fetch(input, init);
    } finally {
      if (wasOff && world.vendor.find(id)?.mfaEnabled) effects.push({ id, at, plan: applied });
    }
  };

  function portsOf(yaml: string, killAfter = Number.POSITIVE_INFINITY): LongLivedPorts<SweepPorts> {
    const ports = world.ports(yaml);
    const life = mortal(killAfter);
    const secret = { value: world.vendor.credentials, version: "1" };
    const call: typeof fetch = (input, init) => life.call(() => noting(input, init));
    return {
      ...ports,
      ledger: life.ledger(ports.ledger),
      evidence: life.evidence(ports.evidence),
      open: opener(ports.policy, { read: async () => secret }, call, clock),
      sleep: (ms) => life.call(async () => advance(ms)),
    };
  }

  async function run(
    yaml: string,
    killAfter: number | undefined,
    order: { readonly mode: Mode; readonly origin: typeof STARTER; readonly applies?: ApprovedPlans },
  ): Promise<RunReport | undefined> {
    const ports = portsOf(yaml, killAfter);
    const invoked = { ...ports, invokedAt: clock() };
    const engine = directEngine({
      invoked: (durable, payload) => sweep(durable, invoked, payload as SweepOrder),
      wait: (seconds) => advance(seconds * 1000),
    });
    const ended = runDirectories(engine, { ...invoked, ulid: noteRun(ports.ulid) }, { ...order }, "sweep");
    return ended.catch((error: unknown) => {
      if (killAfter === undefined) throw error;
      return undefined;
    });
  }

  const noteRun = (ulid: () => string) => () => {
    const id = ulid();
    runs.push(id);
    return id;
  };

  return {
    world,
    ids,
    effects,
    now: clock,
    advance,
    sweep: (mode, yaml, killAfter) => run(yaml, killAfter, { mode, origin: STARTER }),
    async apply(approved, plan, yaml, killAfter) {
      applied = plan;
      try {
        return await run(yaml, killAfter, { mode: "enforce", origin: APPROVER, applies: approved });
      } finally {
        applied = undefined;
      }
    },
    async event(id, yaml) {
      const { evidence: _, signer: __, onProgress: ___, ...ports } = portsOf(yaml);
      const recheck = messageRechecker({ ...ports, queue: NO_QUEUE });
      const message = eventMessage({ id: `e-${effects.length}-${clock()}`, directory: WORKFORCE, subject: id });
      await recheck([message], AbortSignal.timeout(20_000)).catch(() => undefined);
    },
    approve: (plan, yaml, by = APPROVER.by, hash = plan.hash) =>
      approvePlans(world.ports(yaml), { run: plan.run, hash, origin: { ...APPROVER, by } }),
    async reject(plan, yaml) {
      await rejectPlans(world.ports(yaml), { run: plan.run, origin: APPROVER, note: "no" });
    },
    plans: async () => (await Promise.all(runs.map((id) => world.ledger.readPlans(id)))).flat(),
    close: () => world.close(),
  };
}

/** A process that is dead after so many writes: nothing that it asks for afterwards happens. */
function mortal(killAfter: number) {
  let writes = 0;
  let dead = false;
  async function call<T>(work: () => Promise<T>): Promise<T> {
    if (dead) throw new Error("the process is dead");
    return work();
  }
  const guarded = <T extends object>(target: T, isWrite: (name: string) => boolean): T =>
    new Proxy(target, {
      get(object, name) {
        const method: unknown = Reflect.get(object, name);
        if (typeof method !== "function") return method;
        if (isAsyncGenerator(method)) return (...given: unknown[]) => Reflect.apply(method, object, given);
        return async (...given: unknown[]) =>
          call(async () => {
            const result: unknown = await Reflect.apply(method, object, given);
            if (isWrite(String(name)) && ++writes >= killAfter) dead = true;
            return result;
          });
      },
    });
  return {
    call,
    ledger: (ledger: Ledger) => guarded(ledger, (name) => !/^(read|list|count|handled)/.test(name)),
    evidence: (evidence: Evidence) => guarded(evidence, () => false),
  };
}

const isAsyncGenerator = (method: object) => method.constructor.name === "AsyncGeneratorFunction";

/** Plans that wait, the newest first; only the newest can be approved. */
export const waitingPlans = async (runaway: RunawayWorld): Promise<PlanRecord[]> =>
  (await runaway.plans()).filter(({ status }) => status === "waiting").toReversed();
