/** What becomes of changes that events made, and of manifests whose writer is killed: the real ledger, a real bucket. */
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { folderEvidence } from "../../bench/shared/evidence-stores.ts";
import { keySigner } from "../../cli/state/file-signer.ts";
import { WardenError } from "../../lib/errors.ts";
import { type ManifestBase, manifestKey, storeManifest } from "../../lib/evidence/manifest.ts";
import { type SealPorts, sealEvents } from "../../lib/evidence/seal.ts";
import type { Evidence, Ledger } from "../../lib/model/index.ts";
import { verify } from "../../verify/verify.mjs";
import { LOCAL_AWS } from "../aws/loopback.ts";
import { runNode } from "../processes.ts";
import type { ChildOptions } from "../sweep/crash-child.ts";
import { startWorld, type World } from "../world.ts";
import { changeByEvent, signal } from "./folder.ts";

const HOUR_MS = 3_600_000;

interface Place {
  readonly world: World;
  readonly folder: string;
  readonly ports: SealPorts;
}

async function open(context: TestContext): Promise<Place> {
  const world = await startWorld({ accounts: 12, mfaEnabledShare: 1 });
  const folder = mkdtempSync(join(tmpdir(), "warden-seal-"));
  context.after(async () => {
    await world.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { world, folder, ports: { ...world.ports(), evidence: folderEvidence(folder) } };
}

const subject = ({ world }: Place, index: number) => world.vendor.account(index).id;
const check = async ({ world, folder }: Place) => {
  const result = await verify({ folder, keys: [await world.signer.publicKey(signal)] });
  assert.deepEqual(result.faults, []);
  return result;
};
/** The same ports, with a key that cannot sign. */
const withoutKey = (ports: SealPorts): SealPorts => ({
  ...ports,
  signer: {
    ...ports.signer,
    sign: () => Promise.reject(new WardenError("ERR_SIGNER_UNAVAILABLE", "The key is gone.")),
  },
});
const hourOf = (ms: number) => new Date(ms).toISOString().slice(0, 13);

test("an hour that is over is sealed once, with every change and its outcome", async (context) => {
  const place = await open(context);
  await changeByEvent(place.world, subject(place, 1), 2);
  await changeByEvent(place.world, subject(place, 2), 2);
  const { sealed, problems } = await sealEvents(place.ports, signal);
  assert.deepEqual(problems, []);
  const run = `events-${hourOf(Date.now() - 2 * HOUR_MS)}`;
  assert.deepEqual(
    sealed.map((one) => [one.directory, one.run, one.changes]),
    [["workforce", run, 2]],
  );
  const manifest: ManifestBase = JSON.parse(
    Buffer.from(await place.ports.evidence.get(manifestKey(run, "workforce"))).toString(),
  );
  assert.deepEqual([manifest.changes.planned, manifest.changes.enforced], [2, 2]);
  assert.deepEqual((await sealEvents(place.ports, signal)).sealed, []);
  assert.equal((await check(place)).manifests, 1);
});

test("an hour that has not ended, or only just, waits", async (context) => {
  const place = await open(context);
  await changeByEvent(place.world, subject(place, 1), 0);
  const hourEnd = (Math.floor(Date.now() / HOUR_MS) + 1) * HOUR_MS;
  const at = (ms: number) => sealEvents({ ...place.ports, clock: () => ms }, signal);
  assert.deepEqual((await at(hourEnd - 1)).sealed, []);
  assert.deepEqual((await at(hourEnd + 9 * 60_000)).sealed, []);
  assert.equal((await at(hourEnd + 11 * 60_000)).sealed.length, 1);
});

test("hours that nobody sealed when they ended are all sealed later, each by itself and in order", async (context) => {
  const place = await open(context);
  for (const [index, hours] of [30, 28, 3].entries()) await changeByEvent(place.world, subject(place, index), hours);
  const { sealed } = await sealEvents(place.ports, signal);
  assert.deepEqual(
    sealed.map(({ run }) => run),
    [30, 28, 3].map((hours) => `events-${hourOf(Date.now() - hours * HOUR_MS)}`),
  );
  assert.equal((await check(place)).chains[0]?.runs, 3);
});

test("a seal under a clock that was weeks ahead: what events change once it is right is sealed all the same, and nothing twice", async (context) => {
  const place = await open(context);
  await changeByEvent(place.world, subject(place, 1), 3);
  await sealEvents(place.ports, signal);
  const ahead = { ...place.ports, clock: () => Date.now() + 20 * 24 * HOUR_MS };
  assert.deepEqual((await sealEvents(ahead, signal)).problems, []);
  await changeByEvent(place.world, subject(place, 2), 2);
  const { sealed, problems } = await sealEvents(place.ports, signal);
  assert.deepEqual(
    [problems, sealed.map(({ run, changes }) => [run, changes])],
    [[], [[`events-${hourOf(Date.now() - 2 * HOUR_MS)}`, 1]]],
  );
  assert.equal((await check(place)).chains[0]?.runs, 2);
  assert.deepEqual((await sealEvents(place.ports, signal)).sealed, []);
});

test("a directory that is being swept is left alone, and sealed the next time", async (context) => {
  const place = await open(context);
  await changeByEvent(place.world, subject(place, 1), 2);
  const held = await place.world.ledger.acquireLease("workforce", "a sweep");
  assert.ok("lease" in held);
  assert.deepEqual(await sealEvents(place.ports, signal), { sealed: [], held: ["workforce"], problems: [] });
  await place.world.ledger.releaseLease(held.lease);
  assert.equal((await sealEvents(place.ports, signal)).sealed.length, 1);
});

test("who dies before the end is recorded leaves what the next one makes again, byte for byte", async (context) => {
  const place = await open(context);
  await changeByEvent(place.world, subject(place, 1), 2);
  const key = manifestKey(`events-${hourOf(Date.now() - 2 * HOUR_MS)}`, "workforce");
  const { ledger } = place.ports;
  const updateHead: Ledger["updateHead"] = (lease, head) =>
    head.manifest ? Promise.reject(new Error("dead")) : ledger.updateHead(lease, head);
  const dying = { ...ledger, updateHead };
  assert.equal((await sealEvents({ ...place.ports, ledger: dying }, signal)).problems.length, 1);
  const first = await place.ports.evidence.get(key);
  assert.equal((await sealEvents(place.ports, signal)).sealed.length, 1);
  assert.deepEqual(await place.ports.evidence.get(key), first);
  assert.equal((await check(place)).manifests, 1);
});

test("a key that cannot sign is a problem of its directory, and nothing is sealed until it can", async (context) => {
  const place = await open(context);
  await changeByEvent(place.world, subject(place, 1), 2);
  const without = withoutKey(place.ports);
  const { sealed, problems } = await sealEvents(without, signal);
  assert.deepEqual(
    [sealed, problems.map(({ code, directory }) => [code, directory])],
    [[], [["ERR_SIGNER_UNAVAILABLE", "workforce"]]],
  );
  assert.equal((await sealEvents(place.ports, signal)).sealed.length, 1);
});

test("what could not be sealed from the first hour on is not forgotten, however long the key is gone", async (context) => {
  const place = await open(context);
  await changeByEvent(place.world, subject(place, 1), 2);
  const without = withoutKey(place.ports);
  assert.equal((await sealEvents(without, signal)).problems.length, 1);
  const weeksLater = { ...place.ports, clock: () => Date.now() + 20 * 24 * HOUR_MS };
  assert.deepEqual(
    (await sealEvents(weeksLater, signal)).sealed.map(({ changes }) => changes),
    [1],
  );
});

test("a manifest that is written again, and whose writer dies between the two, is whole after the next try", async (context) => {
  const place = await open(context);
  const { sealed } = await (async () => {
    await changeByEvent(place.world, subject(place, 1), 2);
    return sealEvents(place.ports, signal);
  })();
  const [run = ""] = sealed.map((one) => one.run);
  const { evidence, signer } = place.ports;
  const manifest: ManifestBase = JSON.parse(Buffer.from(await evidence.get(manifestKey(run, "workforce"))).toString());
  const later = { ...manifest, code: "written a moment later" };
  let puts = 0;
  const dying: Evidence = {
    ...evidence,
    put: (...file) => (++puts === 2 ? Promise.reject(new Error("dead")) : evidence.put(...file)),
  };
  await assert.rejects(storeManifest(dying, signer, later, signal));
  await storeManifest(evidence, signer, later, signal);
  assert.equal((await check(place)).manifests, 1);
});

/** Sweeps in a process of its own that kills itself when a file of that name is stored; then once more, unharmed. */
async function killAt(context: TestContext, at: string) {
  const world = await startWorld({ accounts: 12, pageSize: 6, mfaEnabledShare: 0.5 });
  context.after(() => world.close());
  const { privateKey, publicKey } = generateKeyPairSync("ed25519");
  const options: ChildOptions = {
    endpoints: world.endpoints,
    accessKey: "local",
    table: world.table,
    bucket: world.bucket,
    leaseSeconds: 2,
    readBackTimeoutMs: 4_000,
    secret: world.vendor.credentials,
    policy: world.ports().policy,
    signingKey: String(privateKey.export({ type: "pkcs8", format: "pem" })),
  };
  const runChild = async (moment?: ChildOptions["killAt"]) => {
    const script = fileURLToPath(new URL("../sweep/crash-child.ts", import.meta.url));
    const { stdout, stderr, signal } = await runNode([
      script,
      JSON.stringify({ ...options, ...(moment ? { killAt: moment } : {}) }),
    ]);
    assert.equal(signal, moment ? "SIGKILL" : null, stderr);
    return stdout;
  };
  await runChild({ at, nth: 1 });
  assert.match(await runChild(), /^report .*"status":"completed"/m);
  const folder = mkdtempSync(join(tmpdir(), "warden-killed-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  await download(world, folder);
  const signer = keySigner(() => privateKey);
  const heads = (await world.ledger.listRuns(10)).length;
  const key = await signer.publicKey(signal);
  assert.equal(key, String(publicKey.export({ type: "spki", format: "pem" })));
  return { result: await verify({ folder, keys: [key] }), heads };
}

async function download({ endpoints, bucket, evidence }: World, folder: string): Promise<void> {
  const s3 = new S3Client({ ...LOCAL_AWS, endpoint: endpoints.s3, forcePathStyle: true });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  const into = folderEvidence(folder);
  for (const { Key = "" } of Contents) await into.put(Key, await evidence.get(Key), "");
  s3.destroy();
}

test("killed between signature and manifest, a sweep leaves no manifest, and the next one seals its changes before its own", async (context) => {
  const { result } = await killAt(context, "stored-manifest.json.sig");
  assert.deepEqual([result.faults, result.manifests, result.chains[0]?.runs], [[], 2, 2]);
  assert.ok(result.notes.some(({ code }) => code === "unfinished"));
});

test("killed between manifest and record, a sweep's manifest is signed and set aside", async (context) => {
  const { result } = await killAt(context, "stored-manifest.json");
  assert.deepEqual([result.faults, result.manifests, result.chains[0]?.runs], [[], 3, 2]);
  assert.ok(result.notes.some(({ code }) => code === "aside"));
});
