/** What happens in one world: work by several processes at once, faults and people in between, then calm, and the comparison. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import type { DirectoryRecord } from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/schema.ts";
import type { Fault } from "../../simulators/pingone/index.ts";
import type { ActorOptions, Report, Task } from "./actor.ts";
import { type Actor, startActor } from "./actors.ts";
import { chanceOf } from "./chance.ts";
import { type ChaosWorld, type Services, startChaosWorld } from "./chaos-world.ts";
import { assertNothingRanAway, assertSettled } from "./oracle.ts";

const PROCESSES = 2;
/** So many each, and each at most so long. */
const TASKS = 4;
const MAX_TASK_MS = 15_000;
/** How far the clock of a process is off. */
const SKEWS_MS = [0, 0, 400, -400, 1_500, -1_500];
const SETTLED_LIMITS = { perRun: 10_000, perDay: 100_000 };
/** What somebody has changed within ten minutes, a sweep leaves alone. */
const ELEVEN_MINUTES_MS = 11 * 60_000;
const SETTLING_SWEEPS = 4;
const SETTLING_MS = 90_000;

/** What struck, by name and count. Throws what does not hold. */
export async function liveThrough(services: Services, seed: number): Promise<Readonly<Record<string, number>>> {
  const world = await startChaosWorld(services, chanceOf(seed), `chaos-${seed}-${Date.now()}`);
  const life: Life = { world, runs: [], actors: new Set(), struck: {} };
  try {
    await troubled(life);
    await assertNothingRanAway(world, life.runs);
    note(life, "compared: records of what became of a change", await settle(life));
    note(life, "compared: changes at PingOne", world.pingone.switched.length);
    note(life, "compared: accounts", world.ids.length);
    return Object.assign(life.struck, ...world.proxies.map(({ struck }) => struck));
  } finally {
    await Promise.all([...life.actors].map((actor) => actor.end()));
    await world.close();
  }
}

interface Life {
  readonly world: ChaosWorld;
  /** Every run that was begun. */
  readonly runs: string[];
  readonly actors: Set<Actor>;
  readonly struck: Record<string, number>;
}

function note(life: Life, what: string, count = 1): void {
  life.struck[what] = (life.struck[what] ?? 0) + count;
}

async function troubled(life: Life): Promise<void> {
  const { world } = life;
  const policy = world.policy(world.wanted.limits);
  await world.ledger.setDeployedPolicy(hashPolicy(policy));
  const calm = new AbortController();
  const meddling = meddleUntil(life, calm.signal);
  await Promise.all(Array.from({ length: PROCESSES }, (_, index) => work(life, index)));
  calm.abort();
  await meddling;
  for (const proxy of world.proxies) proxy.calm();
  for (const vendor of [world.pingone, world.vmware, world.strata]) vendor.clearFaults();
  await world.ledger.setKillSwitch("all", undefined, { by: "tester", how: "chaos" });
}

/** One task after the other; a process that died is followed by another. */
async function work(life: Life, index: number): Promise<void> {
  const { chance } = life.world;
  let actor: Actor | undefined;
  for (let task = 0; task < TASKS; task++) {
    actor ??= hire(life, chance.pick(SKEWS_MS), chance.happens(0.08));
    const fate = decideFate(life, actor);
    const report = await Promise.race([actor.perform(draw(life, index)), delay(MAX_TASK_MS, undefined)]);
    clearTimeout(fate);
    assertOurs(report);
    if (report && "ended" in report) note(life, `${report.ended}: ${report.status ?? "done"}`);
    if (report) continue;
    await actor.end();
    life.actors.delete(actor);
    actor = undefined;
  }
}

/** What becomes of a process while it works: nothing, death, or sleep. */
function decideFate(life: Life, actor: Actor): NodeJS.Timeout | undefined {
  const { chance } = life.world;
  const after = chance.between(50, 2_000);
  const asleepMs = chance.between(100, 2_600);
  if (chance.happens(0.3)) return later(life, after, "process: killed", () => actor.kill());
  if (chance.happens(0.2)) return later(life, after, "process: frozen", () => actor.freeze(asleepMs));
  return undefined;
}

function later(life: Life, ms: number, what: string, act: () => void): NodeJS.Timeout {
  return setTimeout(() => {
    note(life, what);
    act();
  }, ms);
}

function hire({ world, actors, runs }: Life, skewMs: number, realEngine: boolean, more?: Partial<ActorOptions>): Actor {
  const options = world.actorOptions(skewMs, world.policy(world.wanted.limits));
  const actor = startActor({ ...options, realEngine, ...more }, (run) => runs.push(run));
  actors.add(actor);
  return actor;
}

function draw({ world: { chance }, runs }: Life, index: number): Task {
  const kind = chance.pick(index === 0 ? KINDS_OF_WORK.first : KINDS_OF_WORK.others);
  if (kind === "events") return { kind, ms: chance.between(200, 900) };
  if (kind === "approve") return { kind, runs: runs.slice(-6) };
  return { kind, mode: chance.happens(0.85) ? "enforce" : "plan" };
}

const KINDS_OF_WORK = {
  first: ["sweep", "sweep", "approve"],
  others: ["events", "events", "sweep", "approve"],
} as const;

function assertOurs(report: Report | undefined): void {
  if (report && "broken" in report) assert.fail(`an error that nobody foresaw: ${report.broken}`);
}

const VENDOR_FAULTS: readonly Fault[] = [
  { kind: "reset", times: 2 },
  { kind: "reset", method: "PUT", times: 2 },
  { kind: "limited", retryAfter: 1, times: 2 },
  { kind: "error", status: 500, times: 3 },
  { kind: "error", status: 403, method: "PUT", times: 2 },
  { kind: "error", status: 404, on: "devices", times: 2 },
  { kind: "no-effect", times: 2 },
  { kind: "late-effect", seconds: 1, times: 2 },
  { kind: "expire-token", times: 1 },
  { kind: "truncate", times: 1 },
  { kind: "cut", times: 1 },
  { kind: "html", times: 1 },
  { kind: "lost-page", on: "users", nth: 2, times: 1 },
  { kind: "duplicate-page", on: "users", nth: 2, times: 1 },
  { kind: "same-cursor", on: "users", times: 1 },
  { kind: "short-page", size: 3, on: "users", times: 2 },
  { kind: "empty", on: "users", times: 1 },
  { kind: "miscount-populations", by: 2, times: 1 },
  { kind: "skew", seconds: 400, times: 2 },
  { kind: "echo-off", times: 1 },
  { kind: "wrong-user", times: 1 },
];

/** People, vendors and the queue, meanwhile. */
async function meddleUntil(life: Life, calm: AbortSignal): Promise<void> {
  const { chance } = life.world;
  while (!calm.aborted) {
    await delay(chance.between(50, 400));
    const [name, meddle] = chance.pick(Object.entries(MEDDLING));
    note(life, name);
    await meddle(life.world);
  }
}

const MEDDLING: Readonly<Record<string, (world: ChaosWorld) => Promise<void> | void>> = {
  "people: switched off": switchOff,
  "people: renamed": ({ pingone, ids, chance }) => {
    const id = chance.pick(ids);
    const user = pingone.find(id);
    if (user)
      pingone.change(id, { username: `renamed.${chance.between(1, 1e9)}${user.username.replace(/^[^-@]*/, "")}` });
  },
  "people: left": ({ pingone, ids, chance, wanted }) => {
    const id = chance.pick(ids);
    if (pingone.find(id) && !wanted.exempt.has(id) && !wanted.breakGlass.has(id)) pingone.leave(id);
  },
  "people: lost a device": ({ pingone, ids, chance }) => {
    const id = chance.pick(ids);
    if (pingone.find(id)) pingone.change(id, { devices: [] });
  },
  "vendor: PingOne": ({ pingone, chance }) => pingone.setFault(chance.pick(VENDOR_FAULTS)),
  "vendor: VMware": ({ vmware, chance }) =>
    vmware.setFault(
      chance.pick([
        { kind: "reset", times: 1 },
        { kind: "limited", retryAfter: 1, times: 1 },
      ] as const),
    ),
  "vendor: Strata": ({ strata, chance }) =>
    strata.setFault(
      chance.pick([
        { kind: "reset", times: 1 },
        { kind: "lost-update", times: 1 },
      ] as const),
    ),
  "kill switch": async ({ ledger, chance }) => {
    const reason = chance.happens(0.3) ? "an incident" : undefined;
    await ledger.setKillSwitch("all", reason, { by: "tester", how: "chaos" });
  },
  "events: some": sendEvents,
  "events: many": sendEvents,
};

/** A claim that is open right after it has not yet been recorded: if its process dies, what it did can be seen no more. */
async function switchOff({ pingone, ids, chance, ledger, undone }: ChaosWorld): Promise<void> {
  const off = chance.some(ids, 0.1).filter((id) => pingone.find(id)?.mfaEnabled);
  for (const id of off) pingone.change(id, { mfaEnabled: false });
  if (off.length === 0) return;
  const states = await ledger.readStates("workforce", off, true);
  undone.push(...off.filter((id) => states.get(id)?.claim));
}

let sent = 0;

/** Each of them perhaps twice, later than others or before them, as SQS may deliver it. */
async function sendEvents(world: ChaosWorld): Promise<void> {
  const { sqsQueue } = await import("../../lib/aws/queue.ts");
  const { LOCAL_AWS } = await import("../aws/loopback.ts");
  const { chance, ids, direct } = world;
  const queue = sqsQueue({ ...LOCAL_AWS, endpoint: direct.sqs }, world.queue);
  const events = chance.some(ids, 0.15).map((subject) => ({ id: `e-${++sent}`, directory: "workforce", subject }));
  if (events.length === 0) return;
  const message = { directory: "workforce", events };
  const delaySeconds = chance.pick([0, 0, 0, 1, 2]);
  await queue.send(chance.happens(0.3) ? [message, message] : [message], AbortSignal.timeout(5_000), delaySeconds);
}

/** Everybody is well again, and the limits stop nothing: after a few sweeps all is as the policy wants it. Answers how many records were compared. */
async function settle(life: Life): Promise<number> {
  const { world } = life;
  const policy = world.policy(SETTLED_LIMITS);
  await world.ledger.setDeployedPolicy(hashPolicy(policy));
  world.time.ahead = ELEVEN_MINUTES_MS;
  const actor = hire(life, ELEVEN_MINUTES_MS, false, { policy, endpoints: world.direct });
  let last: readonly DirectoryRecord[] = [];
  for (let sweeps = 0; sweeps < SETTLING_SWEEPS; sweeps++) {
    const before = life.runs.length;
    await swept(actor);
    last = await recordsOf(world, life.runs.slice(before));
    if (sweeps > 0 && last.length > 0 && last.every(({ status }) => status === "completed")) break;
  }
  return assertSettled(world, last);
}

async function swept(actor: Actor): Promise<void> {
  const late = delay(SETTLING_MS, { broken: `a sweep that nothing troubles takes longer than ${SETTLING_MS} ms` });
  assertOurs(await Promise.race([actor.perform({ kind: "sweep", mode: "enforce" }), late]));
}

async function recordsOf({ ledger }: ChaosWorld, runs: readonly string[]): Promise<readonly DirectoryRecord[]> {
  for (const run of runs) {
    const known = await ledger.readRun(run);
    if (known) return known.directories;
  }
  return [];
}
