/** What a command may rely on of the embedded stack: one for all, on loopback, and nothing acknowledged is ever lost. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, type TestContext, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { ulid } from "ulid";
import { fileSigner } from "../../../cli/state/file-signer.ts";
import { secretVersions } from "../../../cli/state/secret-version.ts";
import { joinStack, type Stack } from "../../../cli/state/stack.ts";
import { sqsQueue } from "../../../lib/aws/queue.ts";
import { WardenError } from "../../../lib/errors.ts";
import { documentClient, dynamoLedger } from "../../../lib/ledger/index.ts";
import type { Ledger, Queue } from "../../../lib/model/index.ts";

const signal = AbortSignal.timeout(60_000);
const clients: { destroy(): void }[] = [];

/** A state folder of its own, ended and cleared away after the test. */
function folder(t: TestContext): string {
  const state = mkdtempSync(join(tmpdir(), "warden-stack-"));
  t.after(async () => {
    if (existsSync(join(state, "stack.json"))) await (await joinStack(state, signal)).stop();
    rmSync(state, { recursive: true, force: true });
  });
  return state;
}

function ledgerOf({ clients: configs, table }: Stack): Ledger {
  const client = documentClient({ ...configs.dynamodb, maxAttempts: 1 });
  clients.push(client);
  return dynamoLedger({ client, table, clock: Date.now, ulid });
}

function bucketOf({ clients: configs }: Stack): S3Client {
  const client = new S3Client({ ...configs.s3, maxAttempts: 1 });
  clients.push(client);
  return client;
}

const queueOf = ({ clients: configs, queue }: Stack): Queue => sqsQueue({ ...configs.sqs, maxAttempts: 1 }, queue);
const message = (id: string) => ({ directory: "d", events: [{ id, directory: "d", subject: "s" }] });
const receiveAll = async (queue: Pick<Queue, "receive">) => {
  const found = [];
  for (;;) {
    const some = await queue.receive(10, 0, signal);
    if (some.length === 0) return found;
    found.push(...some);
  }
};

/** All messages on the event queue, also those that somebody is handling. */
async function keptIn({ clients: { sqs } }: Stack): Promise<Set<string>> {
  const authorization = `AWS4-HMAC-SHA256 Credential=${sqs.credentials.accessKeyId}/20261122/us-east-1/sqs/aws4_request`;
  const answer = await fetch(`${sqs.endpoint}/_fauxqs/queues/events`, { headers: { authorization } });
  const { messages } = JSON.parse(await answer.text());
  const inflight = messages.inflight.map((entry: { message: unknown }) => entry.message);
  return new Set([...messages.ready, ...inflight].map(({ body }: { body: string }) => body));
}

async function kill({ pid, endpoints }: Stack): Promise<void> {
  process.kill(pid, "SIGKILL");
  while (await answers(endpoints.s3)) await wait(10);
}

async function answers(endpoint: string): Promise<boolean> {
  const { hostname, port } = new URL(endpoint);
  const socket = connect(Number(port), hostname);
  const open = await Promise.race([
    once(socket, "connect").then(() => true),
    once(socket, "error").then(() => false),
  ]).catch(() => false);
  socket.destroy();
  return open;
}

/** Only root may mount a disk that is small enough to fill. */
const smallDiskSkip = (process.platform !== "linux" || process.getuid?.() !== 0) && "only root on Linux can mount one";

/** Writes until there is no room for one byte more. */
function fill(path: string): void {
  for (const size of [65_536, 1_024, 1])
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size));
    } catch {
      // The next piece is smaller.
    }
}

async function statusOf(endpoint: string, headers: Record<string, string>): Promise<number | undefined> {
  const call = request(endpoint, { headers }).end();
  const [response] = await once(call, "response");
  response.resume();
  return response.statusCode;
}

describe("the embedded stack", { concurrency: 3 }, () => {
  after(() => {
    for (const client of clients) client.destroy();
  });

  test("commands that start at once share one stack, and a later one joins it", async (t) => {
    const state = folder(t);
    const stacks = await Promise.all([1, 2, 3].map(() => joinStack(state, signal)));
    const pids = new Set([...stacks, await joinStack(state, signal)].map(({ pid }) => pid));
    assert.equal(pids.size, 1);
  });

  test("after SIGKILL of the stack every acknowledged item and object is still there", async (t) => {
    const state = folder(t);
    const first = await joinStack(state, signal);
    const ledger = ledgerOf(first);
    const s3 = bucketOf(first);
    for (let i = 0; i < 20; i++) {
      await ledger.setDeployedPolicy(`policy-${i}`);
      await s3.send(
        new PutObjectCommand({ Bucket: first.bucket, Key: `runs/r1/page-${i}.json`, Body: `{"page":${i}}` }),
      );
    }
    await kill(first);
    const second = await joinStack(state, signal);
    assert.notEqual(second.pid, first.pid);
    assert.equal((await ledgerOf(second).readGuards("any")).policy, "policy-19");
    const { Contents = [] } = await bucketOf(second).send(new ListObjectsV2Command({ Bucket: second.bucket }));
    assert.equal(Contents.length, 20);
    const answer = await bucketOf(second).send(
      new GetObjectCommand({ Bucket: second.bucket, Key: "runs/r1/page-7.json" }),
    );
    assert.equal(await answer.Body?.transformToString(), '{"page":7}');
    assert.equal(answer.ContentType, "application/json");
  });

  test("SIGKILL while writes are under way loses none that was acknowledged, and nothing hinders the next start", async (t) => {
    const state = folder(t);
    const first = await joinStack(state, signal);
    const [ledger, s3] = [ledgerOf(first), bucketOf(first)];
    const acknowledged = { granted: 0, objects: 0 };
    const writing = Promise.allSettled([
      (async () => {
        for (;;) acknowledged.granted += await ledger.reserveBudget("scope", 1, 1e9);
      })(),
      (async () => {
        for (;;) {
          const Key = `object-${acknowledged.objects}`;
          await s3.send(new PutObjectCommand({ Bucket: first.bucket, Key, Body: "x".repeat(100_000) }));
          acknowledged.objects++;
        }
      })(),
    ]);
    while (acknowledged.granted < 10 || acknowledged.objects < 10) await wait(5);
    await kill(first);
    await writing;
    const second = await joinStack(state, signal);
    assert.ok((await ledgerOf(second).countSpentBudget("scope")) >= acknowledged.granted);
    for (let i = 0; i < acknowledged.objects; i++) {
      const answer = await bucketOf(second).send(new GetObjectCommand({ Bucket: second.bucket, Key: `object-${i}` }));
      assert.equal((await answer.Body?.transformToString())?.length, 100_000);
    }
  });

  test("after SIGKILL every message on the event queue is still there, also one that was given back; those done are not", async (t) => {
    const state = folder(t);
    const first = await joinStack(state, signal);
    const queue = queueOf(first);
    const sent = Array.from({ length: 20 }, (_, i) => `event-${i}`);
    for (const start of [0, 10]) await queue.send(sent.slice(start, start + 10).map(message), signal);
    const [handled, given] = await queue.receive(2, 0, signal);
    assert.ok(handled && given);
    await queue.acknowledge(handled.receipt, signal);
    await queue.delay(given.receipt, 0, signal);
    await queue.sendToDeadLetter({ directory: "d", why: "not JSON", ids: [], count: 1 }, signal);
    await kill(first);
    const again = queueOf(await joinStack(state, signal));
    const left = (await receiveAll(again)).map(({ body }) => body);
    const want = sent.map((id) => JSON.stringify(message(id))).filter((body) => body !== handled.body);
    assert.deepEqual(left.toSorted(), want.toSorted());
    assert.equal((await receiveAll(again.deadLetters)).length, 1);
  });

  test("SIGKILL while messages are sent and handled loses none that was acknowledged", async (t) => {
    const state = folder(t);
    const first = await joinStack(state, signal);
    const queue = queueOf(first);
    const [sent, done] = [new Set<string>(), new Set<string>()];
    const working = Promise.allSettled([
      (async () => {
        for (let n = 0; ; n++) {
          await queue.send([message(`${n}`)], signal);
          sent.add(JSON.stringify(message(`${n}`)));
        }
      })(),
      (async () => {
        for (let n = 0; ; n++) {
          const [received] = await queue.receive(1, 0, signal);
          if (!received) continue;
          if (n % 2 === 0) await queue.delay(received.receipt, 0, signal);
          else await queue.acknowledge(done.add(received.body) && received.receipt, signal);
        }
      })(),
    ]);
    while (sent.size < 30 || done.size < 10) await wait(5);
    await kill(first);
    await working;
    const left = await keptIn(await joinStack(state, signal));
    assert.deepEqual(
      [...sent].filter((body) => !left.has(body) && !done.has(body)),
      [],
    );
  });

  test("a message that is received a sixth time is in the dead-letter queue instead", async (t) => {
    const queue = queueOf(await joinStack(folder(t), signal));
    await queue.send([message("poison")], signal);
    for (let n = 1; n <= 5; n++) {
      const [received] = await queue.receive(10, 0, signal);
      assert.equal(received?.receives, n);
      await queue.delay(received.receipt, 0, signal);
    }
    assert.deepEqual(await queue.receive(10, 0, signal), []);
    const [dead] = await queue.deadLetters.receive(10, 0, signal);
    assert.equal(dead?.body, JSON.stringify(message("poison")));
    await queue.deadLetters.acknowledge(dead.receipt, signal);
    assert.deepEqual(await queue.deadLetters.receive(10, 0, signal), []);
  });

  test("objects are files that a person can open, and no key leaves their folder", async (t) => {
    const state = folder(t);
    const stack = await joinStack(state, signal);
    const s3 = bucketOf(stack);
    const keys = ["runs/r 1/manifest.json", "../../outside", "runs/..", "a\nb", ".hidden", "100%/%2e%2e/x", "é👩"];
    for (const Key of keys)
      await s3.send(new PutObjectCommand({ Bucket: stack.bucket, Key, Body: Key })).catch(() => {});
    assert.equal(readFileSync(join(state, "evidence/runs/r 1/manifest.json"), "utf8"), "runs/r 1/manifest.json");
    assert.equal(existsSync(join(state, "..", "outside")), false);
    const before = await s3.send(new ListObjectsV2Command({ Bucket: stack.bucket }));
    const listed = (before.Contents ?? []).map(({ Key }) => Key);
    assert.ok(listed.length >= 5);
    await kill(stack);
    const again = await joinStack(state, signal);
    for (const Key of listed) {
      const answer = await bucketOf(again).send(new GetObjectCommand({ Bucket: again.bucket, Key }));
      assert.equal(await answer.Body?.transformToString(), Key);
    }
  });

  test("a pid and a port that are somebody else's by now are not trusted", async (t) => {
    const state = folder(t);
    const stranger = createServer((_, response) => response.end(JSON.stringify({ pid: process.pid, proof: "guess" })));
    stranger.listen(0, "127.0.0.1");
    await once(stranger, "listening");
    const address = stranger.address();
    assert.ok(address && typeof address === "object");
    const url = `http://127.0.0.1:${address.port}`;
    const forged = {
      pid: process.pid,
      nonce: randomBytes(32).toString("hex"),
      accessKey: randomBytes(16).toString("hex"),
      endpoints: { dynamodb: url, s3: url, sqs: url },
      table: "t",
      bucket: "b",
      queue: { url, deadUrl: url },
    };
    writeFileSync(join(state, "stack.json"), JSON.stringify(forged));
    const stack = await joinStack(state, signal);
    stranger.close();
    assert.notEqual(stack.pid, process.pid);
  });

  for (const [what, lock] of [
    ["the lock of a dead starter", "4194303"],
    ["a lock that names nobody", ""],
    ["a lock that was cut off", "19x"],
  ] as const)
    test(`a broken description and ${what} hinder nobody`, async (t) => {
      const state = folder(t);
      writeFileSync(join(state, "stack.json"), "{ half of");
      writeFileSync(join(state, "stack.lock"), lock);
      const stack = await joinStack(state, signal, { deadlineMs: 10_000 });
      assert.equal((await ledgerOf(stack).readGuards("any")).policy, undefined);
    });

  test("another user of this machine, who does not know the key, gets nothing from it", async (t) => {
    const { endpoints, clients: configs } = await joinStack(folder(t), signal);
    const signedBy = (key: string) => `AWS4-HMAC-SHA256 Credential=${key}/20261122/us-east-1/s3/aws4_request`;
    for (const endpoint of [endpoints.dynamodb, endpoints.s3]) {
      const { host } = new URL(endpoint);
      assert.equal(await statusOf(endpoint, { host }), 403);
      assert.equal(await statusOf(endpoint, { host, authorization: signedBy("local") }), 403);
      assert.equal(await statusOf(endpoint, { host, authorization: signedBy("") }), 403);
      const owner = signedBy(configs.s3.credentials.accessKeyId);
      assert.notEqual(await statusOf(endpoint, { host, authorization: owner }), 403);
    }
  });

  test("it proves who it is without giving away what would let somebody else be it", async (t) => {
    const state = folder(t);
    const { endpoints } = await joinStack(state, signal);
    const { nonce, accessKey } = JSON.parse(readFileSync(join(state, "stack.json"), "utf8"));
    const answer = await (await fetch(`${endpoints.s3}/_stack?challenge=1`)).text();
    assert.ok(!answer.includes(nonce) && !answer.includes(accessKey));
    assert.notEqual(answer, await (await fetch(`${endpoints.s3}/_stack?challenge=2`)).text());
  });

  test("the state folder and all in it are for their owner alone, also where others could read the folder before", async (t) => {
    const state = folder(t);
    chmodSync(state, 0o755);
    const stack = await joinStack(state, signal);
    await bucketOf(stack).send(new PutObjectCommand({ Bucket: stack.bucket, Key: "runs/r/m.json", Body: "{}" }));
    await queueOf(stack).send([message("1")], signal);
    await fileSigner(state).sign(new Uint8Array(1), signal);
    secretVersions(state)({});
    const entries = readdirSync(state, { recursive: true, withFileTypes: true });
    const modes = entries.map((entry) => {
      const path = join(entry.parentPath, entry.name);
      return [path.slice(state.length), (statSync(path).mode & 0o077).toString(8)] as const;
    });
    assert.ok(modes.length > 10);
    assert.deepEqual(
      modes.filter(([path, mode]) => mode !== "0" && path !== "/signing-key.pub.pem"),
      [],
    );
    assert.equal(statSync(state).mode & 0o077, 0);
  });

  test("a state folder or a key that others may write is refused with its name", async (t) => {
    const state = folder(t);
    secretVersions(state)({});
    await fileSigner(state).sign(new Uint8Array(1), signal);
    for (const name of ["secrets.key", "signing-key.pem"]) {
      chmodSync(join(state, name), 0o620);
      const use =
        name === "secrets.key" ? async () => secretVersions(state)({}) : () => fileSigner(state).publicKey(signal);
      await assert.rejects(
        use,
        ({ message }: Error) => message.includes(join(state, name)) && /may write/.test(message),
      );
      chmodSync(join(state, name), 0o600);
    }
    chmodSync(state, 0o777);
    await assert.rejects(joinStack(state, signal), {
      code: "ERR_INPUT_INVALID",
      message: /Other users may write to the state folder/,
    });
    chmodSync(state, 0o700);
  });

  test("a state folder of another user is refused with its name", {
    skip: process.getuid?.() !== 0 && "only root can make one",
  }, async (t) => {
    const state = folder(t);
    chownSync(state, 65534, 65534);
    await assert.rejects(joinStack(state, signal), { code: "ERR_INPUT_INVALID", message: /belongs to another user/ });
    chownSync(state, 0, 0);
  });

  test("a full disk is called one, and once there is room the next command works", {
    skip: smallDiskSkip,
  }, async (t) => {
    const state = join(folder(t), "disk");
    mkdirSync(state);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m,mode=0700", "tmpfs", state]);
    try {
      fill(join(state, "ballast"));
      await assert.rejects(joinStack(state, signal), {
        code: "ERR_INPUT_INVALID",
        message: /the disk is full|is full; make room/,
      });
      rmSync(join(state, "ballast"));
      const stack = await joinStack(state, signal);
      assert.equal((await ledgerOf(stack).readGuards("any")).policy, undefined);
      await stack.stop();
    } finally {
      execFileSync("umount", ["-l", state]);
    }
  });

  test("no link that somebody put there is written through", async (t) => {
    const state = folder(t);
    const elsewhere = join(state, "elsewhere");
    symlinkSync(elsewhere, join(state, "stack.log"));
    await assert.rejects(joinStack(state, signal), { code: "ERR_INPUT_INVALID", message: /a link lies where/ });
    assert.equal(existsSync(elsewhere), false);
  });

  test("a client that dies in the middle of a request does not end the stack", async (t) => {
    const state = folder(t);
    const stack = await joinStack(state, signal);
    for (const endpoint of [stack.endpoints.dynamodb, stack.endpoints.s3]) {
      const { host, hostname, port } = new URL(endpoint);
      const socket = connect(Number(port), hostname);
      await once(socket, "connect");
      socket.write(
        `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/x-amz-json-1.0\r\nContent-Length: 99\r\n\r\n{"Tab`,
      );
      await wait(50);
      socket.resetAndDestroy();
    }
    await wait(50);
    await ledgerOf(stack).setDeployedPolicy("still there");
    assert.equal((await joinStack(state, signal)).pid, stack.pid);
  });

  test("neither a browser nor another machine gets in", async (t) => {
    const state = folder(t);
    const stack = await joinStack(state, signal);
    for (const endpoint of [stack.endpoints.dynamodb, stack.endpoints.s3]) {
      assert.equal(await statusOf(endpoint, { origin: "https://evil.example" }), 403);
      assert.equal(await statusOf(endpoint, { host: "rebound.example" }), 403);
      const outside = Object.values(networkInterfaces())
        .flatMap((all) => all ?? [])
        .filter(({ internal, family }) => !internal && family === "IPv4");
      for (const { address } of outside)
        assert.equal(await answers(`http://${address}:${new URL(endpoint).port}`), false);
    }
  });

  test("it ends by itself when idle, with everything written, and starts again", async (t) => {
    const state = folder(t);
    const stack = await joinStack(state, signal, { idleSeconds: 2 });
    await ledgerOf(stack).setDeployedPolicy("kept");
    while (existsSync(join(state, "stack.json"))) await wait(50);
    assert.equal(await answers(stack.endpoints.dynamodb), false);
    assert.equal((await ledgerOf(await joinStack(state, signal)).readGuards("any")).policy, "kept");
  });

  test("stop ends it for everybody; who comes in that moment starts another one", async (t) => {
    const state = folder(t);
    const stack = await joinStack(state, signal);
    await ledgerOf(stack).setDeployedPolicy("kept");
    const [, next] = await Promise.all([stack.stop(), wait(20).then(() => joinStack(state, signal))]);
    const after = next.pid === stack.pid ? await joinStack(state, signal) : next;
    assert.notEqual(after.pid, stack.pid);
    assert.equal((await ledgerOf(after).readGuards("any")).policy, "kept");
    await stack.stop();
    assert.equal((await joinStack(state, signal)).pid, after.pid, "a second stop ends nothing else");
  });

  test("it ends when its folder is thrown away", async (t) => {
    const state = folder(t);
    const stack = await joinStack(state, signal);
    rmSync(state, { recursive: true, force: true });
    while (await answers(stack.endpoints.s3)) await wait(50);
    assert.equal(existsSync(state), false);
  });

  test("where it cannot start, one sentence says where to look", async (t) => {
    const state = folder(t);
    writeFileSync(join(state, "ledger"), "a file where the database should be");
    await assert.rejects(joinStack(state, signal, { deadlineMs: 3_000 }), (error: unknown) => {
      assert.ok(error instanceof WardenError);
      assert.equal(error.code, "ERR_STACK_UNAVAILABLE");
      assert.ok(error.message.includes(join(state, "stack.log")));
      return true;
    });
    await assert.rejects(joinStack(state, AbortSignal.abort()), { code: "ERR_ABORTED" });
    assert.match(readFileSync(join(state, "stack.log"), "utf8"), /Error/);
  });
});
