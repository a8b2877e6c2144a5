/** What is written to MFA server profiles counts as done only once it is live: what pushes it, what does not, and who finishes what died. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { ulid } from "ulid";
import type { LongLivedPorts } from "../../functions/workflows.ts";
import type { Durable } from "../../lib/durable.ts";
import { WardenError } from "../../lib/errors.ts";
import { type Directory, knownFact, unknownFact } from "../../lib/model/index.ts";
import type { SweepOrder, SweepPorts } from "../../lib/sweep/index.ts";
import { sweep } from "../../lib/sweep/index.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";
import { plainEngine, toJson } from "./engine.ts";
import { OK, type Profiles, startProfiles } from "./profiles.ts";

const DIRECTORY = "workforce";
const ONE = "Branch/duo-prod";
const TWO = "Branch/okta-prod";

let world: World;
let profiles: Profiles;
beforeEach(async () => {
  world = await startWorld({ accounts: 1 });
  profiles = startProfiles([ONE, TWO]);
});
afterEach(() => world.close());

/** Lets waits pass until it is told to die; `names`: of the steps and waits so far. */
function engine(dieAt?: string, twice?: string): Durable & { readonly names: string[] } {
  const names: string[] = [];
  const begin = (name: string) => {
    names.push(name);
    if (name === dieAt) throw new Error("killed");
  };
  const durable = plainEngine({
    async step(name, work) {
      begin(name);
      if (name === twice) await work();
      return toJson(work);
    },
    wait(name) {
      begin(name);
      world.time.ahead += 2_000;
    },
  });
  return { ...durable, names };
}

async function run(
  ctx: Durable = engine(),
  more: Partial<LongLivedPorts<SweepPorts>> = {},
  mode: "plan" | "enforce" = "enforce",
) {
  const ports = world.ports(EVERYONE, { open: async () => profiles.open(), ...more });
  await world.ledger.setDeployedPolicy(ports.policyHash);
  const order: SweepOrder = {
    run: ulid(),
    directory: DIRECTORY,
    mode,
    startedAt: new Date(ports.clock()).toISOString(),
    origin: { by: "tester", how: "publish.test.ts" },
  };
  await world.ledger.openRun({
    run: order.run,
    mode,
    status: "running",
    origin: order.origin,
    policy: ports.policyHash,
    code: "test",
    startedAt: order.startedAt,
    directories: [DIRECTORY],
  });
  const record = await sweep(ctx, { ...ports, invokedAt: ports.clock() }, order);
  return { ...record, order };
}

const stateOf = async (id: string) => (await world.ledger.readStates(DIRECTORY, [id], true)).get(id);
const codes = ({ problems }: { readonly problems: readonly { readonly code: string }[] }) =>
  problems.map(({ code }) => code).filter((code) => code !== "ERR_READ_CLOCK");
const changesOf = async (of: string) => (await Array.fromAsync(world.ledger.listChanges(of, DIRECTORY))).flat();

/** The next sweep waits for the lease of one that died: it has run out by then. */
const outlast = () => {
  world.time.ahead += 10_000;
};

test("a missing profile is written, pushed once with the other, and only then enforced", async () => {
  const swept = await run();
  assert.deepEqual(codes(swept), []);
  assert.equal(swept.status, "completed");
  assert.deepEqual([swept.verdicts.violating, swept.after.compliant, swept.after.violating], [2, 2, 0]);
  assert.deepEqual([swept.changes.planned, swept.changes.enforced, swept.changes.staged], [2, 2, 0]);
  assert.deepEqual(
    profiles.pushes.map((ids) => ids.toSorted()),
    [[ONE, TWO]],
  );
  const { state, events } = await world.ledger.readHistory(DIRECTORY, ONE);
  assert.deepEqual(state?.written, { version: "1", live: true });
  assert.equal(state?.judgement.verdict, "compliant");
  assert.deepEqual(
    events.map(({ kind, verdict, outcome }) => outcome ?? `${kind} ${verdict}`),
    ["verdict violating", "staged", "enforced"],
  );
  assert.deepEqual(
    (await changesOf(swept.order.run)).map(({ outcome }) => outcome),
    ["enforced", "enforced"],
  );
});

test("a sweep of what is as it should be writes nothing and pushes nothing", async () => {
  await run();
  const before = { writes: { ...world.counts.writes } };
  const second = await run();
  assert.deepEqual([second.changes.planned, profiles.pushes.length, profiles.writes.length], [0, 1, 2]);
  const state = (counts: Record<string, number>) => [counts.STATE, counts.EVENT];
  assert.deepEqual(state(world.counts.writes), state(before.writes));
});

test("a job that fails leaves it staged and the run incomplete, and the next sweep finishes", async () => {
  profiles.job = [{ done: true, ok: false, detail: "job 7 ended as FAIL" }];
  const first = await run();
  assert.deepEqual([first.status, codes(first)], ["incomplete", ["ERR_PUBLISH_FAILED"]]);
  assert.deepEqual([first.changes.staged, first.changes.enforced, first.after.violating], [2, 0, 2]);
  assert.match((await stateOf(ONE))?.judgement.why ?? "", /not pushed live/);
  profiles.job = [OK];
  const second = await run();
  assert.deepEqual([second.status, second.changes.enforced, second.after.compliant], ["completed", 2, 2]);
  assert.deepEqual([profiles.writes.length, profiles.pushes.length], [4, 2]);
});

test("a job that takes long is waited for between invocations, and not for ever", async () => {
  profiles.job = [{ done: false }, { done: false }, { done: false }, OK];
  const ctx = engine();
  const swept = await run(ctx);
  assert.equal(swept.changes.enforced, 2);
  assert.deepEqual(
    ctx.names.filter((name) => name.startsWith("publish-")),
    [
      "publish-start",
      ...["publish-poll-0", "publish-wait-0", "publish-poll-1", "publish-wait-1"],
      ...["publish-poll-2", "publish-wait-2", "publish-poll-3", "publish-end"],
    ],
  );
  profiles.version = "2";
  profiles.job = [{ done: false }];
  const endless = engine();
  const never = await run(endless);
  assert.deepEqual([never.status, codes(never), never.changes.staged], ["incomplete", ["ERR_PUBLISH_FAILED"], 2]);
  assert.equal(endless.names.filter((name) => name.startsWith("publish-poll-")).length, 90);
});

for (const dieAt of ["publish-start", "publish-poll-0", "publish-end", "close"])
  test(`a run that dies at ${dieAt} is finished by the next one`, async () => {
    await assert.rejects(run(engine(dieAt)), /killed/);
    outlast();
    const next = await run();
    assert.deepEqual([next.status, next.after.compliant], ["completed", 2]);
    for (const id of [ONE, TWO]) {
      const state = await stateOf(id);
      assert.deepEqual([state?.written, state?.claim], [{ version: "1", live: true }, undefined]);
      assert.equal(profiles.live.get(id)?.secret, "1");
    }
  });

test("death between a write and its record: what appeared is staged, and pushed by the next sweep", async () => {
  const ledger = { ...world.ledger, completeClaim: () => Promise.reject(new Error("killed")) };
  const broken = await run(engine(), { ledger });
  assert.equal(broken.status, "failed");
  // The first wave is one change.
  assert.equal(profiles.writes.length, 1);
  outlast();
  const next = await run();
  assert.deepEqual([next.status, next.after.compliant], ["completed", 2]);
  assert.deepEqual(
    (await changesOf(broken.order.run)).map(({ outcome }) => outcome),
    ["staged", undefined],
  );
});

test("death between the write of a new secret and its record: nobody can see it, so it is written again", async () => {
  await run();
  profiles.version = "2";
  const ledger = { ...world.ledger, completeClaim: () => Promise.reject(new Error("killed")) };
  const broken = await run(engine(), { ledger });
  outlast();
  const next = await run();
  assert.deepEqual(
    (await changesOf(broken.order.run)).map(({ outcome }) => outcome),
    ["failed", undefined],
  );
  assert.deepEqual([next.changes.enforced, profiles.writes.length], [2, 5]);
});

for (const twice of ["enforce-0", "publish-start", "publish-end"])
  test(`a step ${twice} that runs twice counts once`, async () => {
    const swept = await run(engine(undefined, twice));
    assert.deepEqual(codes(swept), []);
    assert.deepEqual([swept.changes.enforced, swept.changes.staged, swept.after.compliant], [2, 0, 2]);
    assert.equal(swept.after.violating, 0);
    const { events } = await world.ledger.readHistory(DIRECTORY, ONE);
    assert.equal(events.filter(({ outcome }) => outcome === "enforced").length, 1);
    assert.equal(profiles.writes.length, 2);
  });

test("changes halted before the push: nothing is pushed, and it says so", async () => {
  let writes = 0;
  profiles.beforeWrite = () => {
    if (++writes === 2) void world.ledger.setKillSwitch("all", "INC-7", { by: "tester", how: "test" });
  };
  const swept = await run();
  assert.deepEqual([swept.status, codes(swept)], ["incomplete", ["ERR_PUBLISH_FAILED"]]);
  assert.match(swept.problems.at(-1)?.message ?? "", /INC-7/);
  assert.deepEqual(profiles.pushes, []);
});

test("where a person pushes, nothing is pushed, and it waits", async () => {
  profiles.pushed = false;
  const swept = await run();
  assert.deepEqual(codes(swept), []);
  assert.deepEqual([swept.changes.staged, swept.after.pending, profiles.pushes.length], [2, 2, 0]);
  assert.deepEqual((await stateOf(ONE))?.written, { version: "1", live: false });
  const second = await run();
  assert.deepEqual([second.changes.planned, second.verdicts.pending], [0, 2]);
});

test("a directory that has no push leaves what it wrote staged", async () => {
  profiles = startProfiles([ONE], false);
  const swept = await run();
  assert.deepEqual([codes(swept), swept.changes.staged, swept.changes.enforced], [[], 1, 0]);
});

test("a rotated secret is written once, although nothing that can be read differs", async () => {
  await run();
  profiles.version = "2";
  const swept = await run();
  assert.deepEqual([swept.verdicts.violating, swept.changes.enforced], [2, 2]);
  assert.deepEqual([profiles.live.get(ONE)?.secret, (await stateOf(ONE))?.written?.version], ["2", "2"]);
});

test("a write that failed where nothing can show it is failed, with the call on record", async () => {
  await run();
  profiles.version = "2";
  profiles.failNext = "refused";
  const swept = await run();
  assert.deepEqual([swept.changes.failed, swept.changes.enforced], [1, 1]);
  const [failed] = (await changesOf(swept.order.run)).filter(({ outcome }) => outcome === "failed");
  assert.deepEqual(failed?.detail, { status: 400 });
  const state = await stateOf(failed?.id ?? "");
  assert.deepEqual([state?.written?.version, state?.judgement.verdict], ["1", "violating"]);
  assert.deepEqual(state?.event.detail, { status: 400 });
});

test("a write whose answer was lost counts where it shows", async () => {
  profiles.failNext = "lost";
  const swept = await run();
  assert.deepEqual([swept.changes.enforced, swept.after.compliant], [2, 2]);
});

test("a profile that nobody here wrote is unknown, until the policy adopts it", async () => {
  profiles.candidate.set(ONE, { differs: [] });
  const first = await run();
  assert.deepEqual([first.after.unknown, first.changes.planned], [1, 1]);
  assert.match((await stateOf(ONE))?.judgement.why ?? "", /adopt: true/);
  profiles.adopt = true;
  const second = await run();
  assert.deepEqual([second.changes.enforced, second.after.compliant], [1, 2]);
});

test("a profile that the policy does not name is reported and never touched", async () => {
  profiles.candidate.set("Branch/foreign", { differs: [], secret: "theirs" });
  const swept = await run();
  assert.equal(swept.after["out-of-scope"], 1);
  assert.equal(profiles.candidate.get("Branch/foreign")?.secret, "theirs");
});

test("one that nothing uses protects nothing, and one of which that is not known proves nothing", async () => {
  profiles.used = knownFact(false);
  assert.equal((await run()).after.pending, 2);
  profiles.used = unknownFact("authentication profiles may not be read");
  const swept = await run();
  assert.deepEqual([swept.after.unknown, swept.changes.planned], [2, 0]);
});

test("in mode plan nothing is written and nothing pushed", async () => {
  const swept = await run(engine(), {}, "plan");
  assert.deepEqual([swept.changes.planned, profiles.writes.length, profiles.pushes.length], [2, 0, 0]);
});

test("when enforcement has to stop on the way, what was written is still pushed", async () => {
  let writes = 0;
  profiles.beforeWrite = () => {
    if (++writes === 2) profiles.failNext = "unauthorized";
  };
  const swept = await run();
  assert.deepEqual([swept.status, codes(swept)], ["failed", ["ERR_VENDOR_AUTH"]]);
  assert.deepEqual([swept.changes.failed, swept.changes.enforced, swept.changes.staged], [1, 1, 0]);
  assert.equal(profiles.pushes.length, 1);
});

test("what somebody changes between write and push is not called done", async () => {
  profiles.beforePush = () => profiles.candidate.set(ONE, { differs: ["host"], secret: "theirs" });
  const swept = await run();
  assert.deepEqual([swept.changes.enforced, swept.changes.staged, swept.after.violating], [1, 1, 1]);
  assert.deepEqual((await stateOf(ONE))?.written, { version: "1", live: false });
});

/** The vendor takes the next write and is not heard of again until this run is over. */
const silent = async (): Promise<Directory> => {
  const directory = profiles.open();
  const { enforce, read } = directory;
  let down = false;
  return {
    ...directory,
    async enforce(subject, signal) {
      await enforce?.(subject, signal);
      down = true;
      throw new WardenError("ERR_VENDOR_TIMEOUT", "No answer came.");
    },
    async read(id, signal) {
      if (down) throw new WardenError("ERR_VENDOR_UNAVAILABLE", "It is down.");
      return read(id, signal);
    },
  };
};

test("a repair that nobody could see is not taken for live when it shows later", async () => {
  await run();
  for (const held of [profiles.candidate, profiles.live]) held.set(ONE, { differs: ["mfa_cert_profile"] });
  const first = await run(engine(), { open: silent, readBackTimeoutMs: 0 });
  assert.deepEqual([first.changes.enforced, first.changes.failed], [0, 1]);
  assert.deepEqual((await stateOf(ONE))?.written, { version: "1", live: false });

  const second = await run(engine(), {}, "plan");
  assert.equal(second.verdicts.violating, 1);
  await run();
  assert.deepEqual(profiles.live.get(ONE), { differs: [], secret: "1" });
  assert.equal((await stateOf(ONE))?.judgement.verdict, "compliant");
});

test("a profile that was made without anybody seeing it is written again and pushed", async () => {
  const first = await run(engine(), { open: silent, readBackTimeoutMs: 0 });
  assert.equal(first.changes.failed, 2);
  const second = await run();
  assert.deepEqual([second.changes.enforced, second.after.compliant, profiles.pushes.length], [2, 2, 1]);
});

test("a drift that was seen and corrected by somebody else in the candidate alone is not live", async () => {
  await run();
  for (const held of [profiles.candidate, profiles.live]) held.set(ONE, { differs: ["mfa_cert_profile"], secret: "1" });
  await run(engine(), {}, "plan");
  profiles.candidate.set(ONE, { differs: [], secret: "1" });
  const { verdicts } = await run(engine(), {}, "plan");
  assert.deepEqual([verdicts.compliant, verdicts.violating], [1, 1]);
});

test("a profile that was gone and is there again holds nobody knows which secret", async () => {
  await run();
  for (const held of [profiles.candidate, profiles.live]) held.delete(ONE);
  await run(engine(), {}, "plan");
  profiles.candidate.set(ONE, { differs: [], secret: "somebody else's" });
  const { verdicts } = await run(engine(), {}, "plan");
  assert.deepEqual([verdicts.compliant, verdicts.unknown], [1, 1]);
});
