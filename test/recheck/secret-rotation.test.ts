/** What an event does to MFA server profiles: a rotated secret is written and pushed live at once, and never an older one over it. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { messageRechecker } from "../../lib/recheck/index.ts";
import type { Rechecked, RecheckPorts } from "../../lib/recheck/ports.ts";
import { OK, type Profiles, startProfiles } from "../sweep/profiles.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";
import { queueOf, receivedMessage, signal } from "./events.ts";

const DIRECTORY = "workforce";
const DUO = "Branch/duo-prod";
const OKTA = "Branch/okta-prod";
const PREFIX = "mfa-warden/test/";

let world: World;
let profiles: Profiles;
let rechecked: Rechecked[];
let forgotten: string[];
beforeEach(async () => {
  world = await startWorld({ accounts: 1 });
  profiles = startProfiles([DUO, OKTA]);
  for (const id of [DUO, OKTA]) profiles.candidate.set(id, { differs: ["mfa_cert_profile"] });
  rechecked = [];
  forgotten = [];
});
afterEach(() => world.close());

async function startRechecker(more: Partial<RecheckPorts> = {}) {
  const { evidence: _, ...ports } = world.ports(EVERYONE, { open: async () => profiles.open() });
  await world.ledger.setDeployedPolicy(ports.policyHash);
  const queue = queueOf(world);
  const recheck = messageRechecker({
    ...ports,
    queue,
    sleep: async () => {},
    secretsPrefix: PREFIX,
    forget: (id) => void forgotten.push(id),
    onProgress: (event) => void rechecked.push(event),
    ...more,
  });
  return {
    queue,
    handle: (body: object, id?: string, until = signal) => recheck([receivedMessage(body, id)], until),
  };
}

/** As Secrets Manager's event comes by way of EventBridge. */
const secretRotated = (name: string, id = "r-1") => ({
  version: "0",
  id,
  source: "aws.secretsmanager",
  account: "111111111111",
  time: "2026-11-22T10:00:00Z",
  region: "us-east-1",
  "detail-type": "Secret Label Updated",
  detail: { anything: true },
  resources: [`arn:aws:secretsmanager:us-east-1:111111111111:secret:${name}-a1B2c3`],
});
const subjectChanged = (subject: string, id = "e-1") => ({
  directory: DIRECTORY,
  events: [{ id, directory: DIRECTORY, subject }],
});
const outcomes = () => rechecked.map(({ subject, outcome, did }) => `${subject} ${outcome ?? did}`).toSorted();

test("an event about a profile writes it, pushes it live and records both", async () => {
  const { handle } = await startRechecker();
  assert.deepEqual(await handle(subjectChanged(DUO)), []);
  assert.deepEqual(outcomes(), [`${DUO} enforced`]);
  const { state, events } = await world.ledger.readHistory(DIRECTORY, DUO);
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
      [DUO, "staged", "event:e-1"],
      [DUO, "enforced", "event:e-1"],
    ],
  );
});

test("an event about a profile that one look does not find makes none; the next sweep does", async () => {
  profiles.candidate.delete(DUO);
  const { handle } = await startRechecker();
  assert.deepEqual(await handle(subjectChanged(DUO)), []);
  await handle(secretRotated(`${PREFIX}${DIRECTORY}`));
  assert.deepEqual(outcomes(), [`${DUO} refused`, `${DUO} refused`, `${OKTA} enforced`]);
  assert.match(rechecked[0]?.why ?? "", /only a sweep/);
  assert.deepEqual([profiles.writes, profiles.candidate.has(DUO)], [[OKTA], false]);
  assert.equal((await world.ledger.readHistory(DIRECTORY, DUO)).state?.judgement.verdict, "violating");
  const { only } = await world.sweep("enforce", EVERYONE, { open: async () => profiles.open() });
  assert.deepEqual([only.changes.planned, only.changes.enforced], [1, 1]);
});

test("a rotated secret: everybody who uses it is written, and few pushes do for all", async () => {
  const { handle } = await startRechecker();
  await handle(subjectChanged(DUO));
  await handle(subjectChanged(OKTA, "e-2"));
  profiles.version = "2";
  profiles.pushes.length = 0;
  rechecked.length = 0;
  assert.deepEqual(await handle(secretRotated(`${PREFIX}${DIRECTORY}`)), []);
  assert.deepEqual(outcomes(), [`${DUO} enforced`, `${OKTA} enforced`]);
  assert.deepEqual(
    [...profiles.live.values()].map(({ secret }) => secret),
    ["2", "2"],
  );
  assert.ok(profiles.pushes.length <= 2);
  assert.ok(forgotten.includes(DIRECTORY), "what was kept of the secret is let go of");
  rechecked.length = 0;
  await handle(secretRotated(`${PREFIX}${DIRECTORY}`), "m-2");
  assert.deepEqual(outcomes(), [`${DUO} seen`, `${OKTA} seen`]);
});

test("a secret of no directory, its webhook secret, another prefix: done with at once", async () => {
  const { handle } = await startRechecker();
  for (const name of [`${PREFIX}other`, `${PREFIX}${DIRECTORY}/hooks`, DIRECTORY, `x${PREFIX}${DIRECTORY}`, ""])
    assert.deepEqual(await handle(secretRotated(name, name)), []);
  assert.deepEqual([rechecked, profiles.writes], [[], []]);
});

test("an envelope that names no secret is left to the dead letters", async () => {
  const { handle } = await startRechecker();
  assert.deepEqual(await handle({ ...secretRotated("x"), resources: [] }), ["m-1"]);
});

test("while the secret cannot be read the message comes again, and nothing is judged by the old one", async () => {
  const { handle } = await startRechecker({ open: async () => Promise.reject(new Error("down")) });
  assert.deepEqual(await handle(secretRotated(`${PREFIX}${DIRECTORY}`)), ["m-1"]);
  assert.deepEqual(profiles.writes, []);
});

test("what fails of a rotation brings the whole message back, and what was done stays done", async () => {
  const { handle, queue } = await startRechecker();
  profiles.version = "2";
  profiles.job = [{ done: true, ok: false, detail: "job 7 ended as FAIL" }];
  assert.deepEqual(await handle(secretRotated(`${PREFIX}${DIRECTORY}`)), ["m-1"]);
  assert.deepEqual(await queue.receive(10, 0, signal), []);
  assert.deepEqual(
    rechecked.map(({ did, why }) => [did, why?.split(":")[0]]),
    [
      ["failed", "ERR_PUBLISH_FAILED"],
      ["failed", "ERR_PUBLISH_FAILED"],
    ],
  );
  profiles.job = [OK];
  assert.deepEqual(await handle(secretRotated(`${PREFIX}${DIRECTORY}`)), []);
  assert.deepEqual(
    [...profiles.live.values()].map(({ secret }) => secret),
    ["2", "2"],
  );
});

test("a push that takes some time is waited for; when ours is over, the event comes again", async () => {
  const { handle } = await startRechecker();
  profiles.job = [{ done: false }, { done: false }, OK];
  assert.deepEqual(await handle(subjectChanged(DUO)), []);
  assert.deepEqual(outcomes(), [`${DUO} enforced`]);
  profiles.job = [{ done: false }];
  const end = new AbortController();
  let polls = 0;
  const aborted = await startRechecker({ sleep: async () => (++polls === 3 ? end.abort() : undefined) });
  assert.deepEqual(await aborted.handle(subjectChanged(OKTA, "e-2"), "m-2", end.signal), ["m-2"]);
  assert.equal(rechecked.at(-1)?.why?.split(":")[0], "ERR_PUBLISH_FAILED");
  assert.equal((await world.ledger.readStates(DIRECTORY, [OKTA], true)).get(OKTA)?.written?.live, false);
});

test("halted between write and push: nothing is pushed, and the event comes again", async () => {
  const { handle } = await startRechecker();
  const origin = { by: "tester", how: "test" };
  profiles.beforeWrite = () => void world.ledger.setKillSwitch("all", "INC-7", origin);
  assert.deepEqual(await handle(subjectChanged(DUO)), ["m-1"]);
  assert.deepEqual(profiles.pushes, []);
  profiles.beforeWrite = () => {};
  await world.ledger.setKillSwitch("all", undefined, origin);
  assert.deepEqual(await handle(subjectChanged(DUO)), []);
  assert.equal(profiles.live.get(DUO)?.secret, "1");
});

test("a worker that lives long judges by the secret of now", async () => {
  const { handle } = await startRechecker();
  await handle(subjectChanged(DUO));
  profiles.version = "2";
  await handle(subjectChanged(DUO, "e-2"));
  assert.equal(profiles.live.get(DUO)?.secret, "2");
});

test("an event that died after its write goes on where it was", async () => {
  const dying = { ...world.ledger, completeClaim: () => Promise.reject(new Error("killed")) };
  assert.deepEqual(await (await startRechecker({ ledger: dying })).handle(subjectChanged(DUO)), ["m-1"]);
  assert.deepEqual(await (await startRechecker()).handle(subjectChanged(DUO)), []);
  assert.deepEqual([profiles.writes.length, profiles.pushes.length], [1, 1]);
  assert.deepEqual((await world.ledger.readStates(DIRECTORY, [DUO], true)).get(DUO)?.written, {
    version: "1",
    live: true,
  });
});

test("a late event whose push failed is no older for it when it comes again", async () => {
  const { handle } = await startRechecker();
  const [event] = subjectChanged(DUO).events;
  const late = { directory: DIRECTORY, events: [{ ...event, at: new Date().toISOString() }] };
  world.time.ahead += 6 * 60_000;
  profiles.job = [{ done: true, ok: false, detail: "job 7 ended as FIN/FAIL" }];
  assert.deepEqual(await handle(late), ["m-1"]);
  profiles.job = [OK];
  assert.deepEqual(await handle(late), []);
  assert.equal(profiles.live.get(DUO)?.secret, "1");
});
