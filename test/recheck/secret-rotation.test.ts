/** What an event does to MFA server profiles: a rotated secret is written and pushed live at once, and never an older one over it. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { sqsQueue } from "../../lib/aws/queue.ts";
import { messageRechecker } from "../../lib/recheck/index.ts";
import type { Rechecked, RecheckPorts } from "../../lib/recheck/ports.ts";
import { OK, type Profiles, startProfiles } from "../sweep/profiles.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";

const DIRECTORY = "workforce";
const ONE = "Branch/duo-prod";
const TWO = "Branch/okta-prod";
const PREFIX = "mfa-warden/test/";
const signal = AbortSignal.timeout(60_000);

let world: World;
let profiles: Profiles;
let told: Rechecked[];
let forgotten: string[];
beforeEach(async () => {
  world = await startWorld({ accounts: 1 });
  profiles = startProfiles([ONE, TWO]);
  told = [];
  forgotten = [];
});
afterEach(() => world.close());

async function worker(more: Partial<RecheckPorts> = {}) {
  const { evidence: _, ...ports } = world.ports(EVERYONE, { open: async () => profiles.open() });
  await world.ledger.setDeployedPolicy(ports.policyHash);
  const aws = {
    ...{ endpoint: world.endpoints.s3, region: "us-east-1" },
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
  };
  const url = `${world.endpoints.s3}/000000000000/events`;
  const queue = sqsQueue(aws, { url, deadUrl: `${url}-dead` });
  const outside = {
    secretsPrefix: PREFIX,
    forget: (id: string) => void forgotten.push(id),
    onProgress: (news: Rechecked) => void told.push(news),
  };
  const recheck = messageRechecker({ ...ports, queue, sleep: async () => {}, ...outside, ...more });
  return {
    queue,
    handle: (body: object, id = "m-1", until = signal) =>
      recheck([{ id, receipt: "r", receives: 1, body: JSON.stringify(body) }], until),
  };
}

/** As Secrets Manager's event comes by way of EventBridge. */
const rotated = (name: string, id = "r-1") => ({
  ...{ version: "0", id, source: "aws.secretsmanager", account: "111111111111", time: "2026-11-22T10:00:00Z" },
  ...{ region: "us-east-1", "detail-type": "Secret Label Updated", detail: { anything: true } },
  resources: [`arn:aws:secretsmanager:us-east-1:111111111111:secret:${name}-a1B2c3`],
});
const changed = (subject: string, id = "e-1") => ({
  directory: DIRECTORY,
  events: [{ id, directory: DIRECTORY, subject }],
});
const outcomes = () => told.map(({ subject, outcome, did }) => `${subject} ${outcome ?? did}`).toSorted();

test("an event about a profile writes it, pushes it live and records both", async () => {
  const { handle } = await worker();
  assert.deepEqual(await handle(changed(ONE)), []);
  assert.deepEqual(outcomes(), [`${ONE} enforced`]);
  const { state, events } = await world.ledger.readHistory(DIRECTORY, ONE);
  assert.deepEqual([state?.judgement.verdict, state?.written], ["compliant", { version: "1", live: true }]);
  assert.deepEqual(
    events.flatMap(({ outcome }) => outcome ?? []),
    ["staged", "enforced"],
  );
  const hour = new Date(Date.now()).toISOString().slice(0, 13);
  const listed = (await Array.fromAsync(world.ledger.listEventChanges(DIRECTORY, hour))).flat();
  assert.deepEqual(
    listed.map(({ id, outcome, run }) => [id, outcome, run]),
    [
      [ONE, "staged", "event:e-1"],
      [ONE, "enforced", "event:e-1"],
    ],
  );
});

test("a rotated secret: everybody who uses it is written, and few pushes do for all", async () => {
  const { handle } = await worker();
  await handle(changed(ONE));
  await handle(changed(TWO, "e-2"));
  profiles.version = "2";
  profiles.pushes.length = 0;
  told.length = 0;
  assert.deepEqual(await handle(rotated(`${PREFIX}${DIRECTORY}`)), []);
  assert.deepEqual(outcomes(), [`${ONE} enforced`, `${TWO} enforced`]);
  assert.deepEqual(
    [...profiles.live.values()].map(({ secret }) => secret),
    ["2", "2"],
  );
  assert.ok(profiles.pushes.length <= 2);
  assert.ok(forgotten.includes(DIRECTORY), "what was kept of the secret is let go of");
  told.length = 0;
  await handle(rotated(`${PREFIX}${DIRECTORY}`), "m-2");
  assert.deepEqual(outcomes(), [`${ONE} seen`, `${TWO} seen`]);
});

test("a secret of no directory, its webhook secret, another prefix: done with at once", async () => {
  const { handle } = await worker();
  for (const name of [`${PREFIX}other`, `${PREFIX}${DIRECTORY}/hooks`, DIRECTORY, `x${PREFIX}${DIRECTORY}`, ""])
    assert.deepEqual(await handle(rotated(name, name)), []);
  assert.deepEqual([told, profiles.writes], [[], []]);
});

test("an envelope that names no secret is left to the dead letters", async () => {
  const { handle } = await worker();
  assert.deepEqual(await handle({ ...rotated("x"), resources: [] }), ["m-1"]);
});

test("while the secret cannot be read the message comes again, and nothing is judged by the old one", async () => {
  const { handle } = await worker({ open: async () => Promise.reject(new Error("down")) });
  assert.deepEqual(await handle(rotated(`${PREFIX}${DIRECTORY}`)), ["m-1"]);
  assert.deepEqual(profiles.writes, []);
});

test("what fails of a rotation brings the whole message back, and what was done stays done", async () => {
  const { handle, queue } = await worker();
  profiles.version = "2";
  profiles.job = [{ done: true, ok: false, detail: "job 7 ended as FAIL" }];
  assert.deepEqual(await handle(rotated(`${PREFIX}${DIRECTORY}`)), ["m-1"]);
  assert.deepEqual(await queue.receive(10, 0, signal), []);
  assert.deepEqual(
    told.map(({ did, why }) => [did, why?.split(":")[0]]),
    [
      ["failed", "ERR_PUBLISH_FAILED"],
      ["failed", "ERR_PUBLISH_FAILED"],
    ],
  );
  profiles.job = [OK];
  assert.deepEqual(await handle(rotated(`${PREFIX}${DIRECTORY}`)), []);
  assert.deepEqual(
    [...profiles.live.values()].map(({ secret }) => secret),
    ["2", "2"],
  );
});

test("a push that takes some time is waited for; when ours is over, the event comes again", async () => {
  const { handle } = await worker();
  profiles.job = [{ done: false }, { done: false }, OK];
  assert.deepEqual(await handle(changed(ONE)), []);
  assert.deepEqual(outcomes(), [`${ONE} enforced`]);
  profiles.job = [{ done: false }];
  const end = new AbortController();
  let polls = 0;
  const hurried = await worker({ sleep: async () => (++polls === 3 ? end.abort() : undefined) });
  assert.deepEqual(await hurried.handle(changed(TWO, "e-2"), "m-2", end.signal), ["m-2"]);
  assert.equal(told.at(-1)?.why?.split(":")[0], "ERR_PUBLISH_FAILED");
  assert.equal((await world.ledger.readStates(DIRECTORY, [TWO], true)).get(TWO)?.written?.live, false);
});

test("halted between write and push: nothing is pushed, and the event comes again", async () => {
  const { handle } = await worker();
  const origin = { by: "tester", how: "test" };
  profiles.beforeWrite = () => void world.ledger.setKillSwitch("all", "INC-7", origin);
  assert.deepEqual(await handle(changed(ONE)), ["m-1"]);
  assert.deepEqual(profiles.pushes, []);
  profiles.beforeWrite = () => {};
  await world.ledger.setKillSwitch("all", undefined, origin);
  assert.deepEqual(await handle(changed(ONE)), []);
  assert.equal(profiles.live.get(ONE)?.secret, "1");
});

test("a worker that lives long judges by the secret of now", async () => {
  const { handle } = await worker();
  await handle(changed(ONE));
  profiles.version = "2";
  await handle(changed(ONE, "e-2"));
  assert.equal(profiles.live.get(ONE)?.secret, "2");
});

test("an event that died after its write goes on where it was", async () => {
  const dying = { ...world.ledger, completeClaim: () => Promise.reject(new Error("killed")) };
  assert.deepEqual(await (await worker({ ledger: dying })).handle(changed(ONE)), ["m-1"]);
  assert.deepEqual(await (await worker()).handle(changed(ONE)), []);
  assert.deepEqual([profiles.writes.length, profiles.pushes.length], [1, 1]);
  assert.deepEqual((await world.ledger.readStates(DIRECTORY, [ONE], true)).get(ONE)?.written, {
    version: "1",
    live: true,
  });
});

test("a late event whose push failed is no older for it when it comes again", async () => {
  const { handle } = await worker();
  const [event] = changed(ONE).events;
  const late = { directory: DIRECTORY, events: [{ ...event, at: new Date().toISOString() }] };
  world.time.ahead += 6 * 60_000;
  profiles.job = [{ done: true, ok: false, detail: "job 7 ended as FIN/FAIL" }];
  assert.deepEqual(await handle(late), ["m-1"]);
  profiles.job = [OK];
  assert.deepEqual(await handle(late), []);
  assert.equal(profiles.live.get(ONE)?.secret, "1");
});
