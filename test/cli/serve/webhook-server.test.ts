/** What `serve` may rely on of its server: who has no credential costs nothing, and nobody holds it for long. */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:http";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { addressOf, closeServer, startWebhookServer } from "../../../cli/serve/webhook-server.ts";

const CREDENTIAL = "a-hook-credential-of-many-characters";
const MIB = 1024 * 1024;

let server: Server;
const sent: unknown[] = [];
before(async () => {
  server = await startWebhookServer(0, {
    hooks: new Map([["workforce", { header: "authorization", read: () => ({ events: [], broken: [], ignored: 1 }) }]]),
    credentials: async () => new Map([["workforce", [CREDENTIAL]]]),
    queue: { send: async (messages) => void sent.push(...messages), sendToDeadLetter: async () => {} },
    count: () => {},
  });
});
after(() => closeServer(server));

/** Opens a call and sends no body. */
function openCall(path: string, headers: Readonly<Record<string, string | number>>): Socket {
  const socket = connect(Number(new URL(addressOf(server)).port), "127.0.0.1");
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n${lines.join("")}\r\n`);
  return socket;
}

async function statusOf(socket: Socket): Promise<number> {
  const [data] = await once(socket, "data");
  socket.destroy();
  return Number(/^HTTP\/1\.1 (\d+)/.exec(String(data))?.[1]);
}

const refusals: [status: number, path: string, headers: Record<string, string | number>][] = [
  [404, "/elsewhere", { "content-length": 100, authorization: CREDENTIAL }],
  [401, "/hooks/workforce", { "content-length": 100 }],
  [401, "/hooks/workforce", { "content-length": 100 * MIB, authorization: "guessed" }],
  [401, "/hooks/nobody", { "content-length": 100, authorization: CREDENTIAL }],
  [413, "/hooks/workforce", { "content-length": 5 * MIB + 1, authorization: CREDENTIAL }],
];
for (const [status, path, headers] of refusals)
  test(`${path} with ${JSON.stringify(headers)} is answered with ${status} before any body`, async () => {
    assert.equal(await statusOf(openCall(path, headers)), status);
  });

test("a body without a stated length is read as far as it may go", async () => {
  const headers = { authorization: CREDENTIAL, "transfer-encoding": "chunked" };
  const socket = openCall("/hooks/workforce", headers);
  socket.on("error", () => {});
  const answered = statusOf(socket);
  const chunk = Buffer.from(`${MIB.toString(16)}\r\n${"x".repeat(MIB)}\r\n`);
  for (let n = 0; n < 6; n++) socket.write(chunk);
  assert.equal(await answered, 413);
});

test("a right call is taken", async () => {
  const answer = await fetch(`${addressOf(server)}/hooks/workforce`, {
    method: "POST",
    headers: { authorization: CREDENTIAL },
    body: "{}",
  });
  assert.equal(answer.status, 200);
});

test("who sends no head is cut off after a while", { timeout: 30_000 }, async () => {
  const socket = connect(Number(new URL(addressOf(server)).port), "127.0.0.1");
  socket.on("error", () => {});
  const parts: Buffer[] = [];
  socket.on("data", (part) => parts.push(part));
  await once(socket, "close");
  assert.match(Buffer.concat(parts).toString(), /^HTTP\/1\.1 408 /);
});

test("more than a few dozen connections at once are closed, and the rest go on", async () => {
  const sockets = Array.from({ length: 60 }, () => openCall("/hooks/workforce", { "content-length": 1 }));
  const idle = Array.from({ length: 60 }, () => connect(Number(new URL(addressOf(server)).port), "127.0.0.1"));
  for (const socket of [...sockets, ...idle]) socket.on("error", () => {});
  await Promise.all(idle.slice(-10).map((socket) => once(socket, "close")));
  const count = await new Promise<number>((resolve) => server.getConnections((_, open) => resolve(open)));
  assert.ok(count <= 32, String(count));
  for (const socket of [...sockets, ...idle]) socket.destroy();
});
