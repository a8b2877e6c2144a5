/** What a person reads when a vendor cannot be reached: the host and the cause, and nothing of the request. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Server } from "node:net";
import { describe, type TestContext, test } from "node:test";
import * as v from "valibot";
import type { Code, WardenError } from "../../lib/errors.ts";
import { httpClient } from "../../lib/http/index.ts";

const never = new AbortController().signal;

/** The error of one read from there. */
async function failureAt(origin: string, deadlineMs?: number): Promise<WardenError> {
  const http = httpClient({
    directory: "workforce",
    fetch,
    clock: Date.now,
    origins: [origin],
    sleep: async () => undefined,
    deadlineMs: deadlineMs ?? 30_000,
  });
  const call = {
    method: "GET",
    url: `${origin}/things?key=s3cret`,
    path: "/things",
    headers: { authorization: "Bearer s3cret" },
    schema: v.unknown(),
    signal: never,
  } as const;
  const error: WardenError = await http.call(call).then(
    () => assert.fail("it answered"),
    (thrown) => thrown,
  );
  assert.doesNotMatch([JSON.stringify(error), error.message, error.stack, error.cause].join(), /s3cret/);
  return error;
}

async function listening(context: TestContext, server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  context.after(() => void server.close());
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const webServer = (listener: RequestListener) => {
  const server = createServer(listener);
  server.on("close", () => server.closeAllConnections());
  return server;
};

describe("a vendor that cannot be reached", () => {
  const told = (host: string, cause: string) =>
    `Directory workforce cannot be reached at ${host}: ${cause}; check the network and its endpoints (GET /things).`;
  const code: Code = "ERR_VENDOR_UNREACHABLE";

  test("because its host name is not known", async () => {
    const error = await failureAt("https://vendor.invalid");
    assert.equal(error.code, code);
    assert.match(error.message, /at vendor\.invalid: its host name (was not found|could not be looked up);/);
  });

  test("because it refuses the connection", async (context) => {
    const server = createServer();
    const host = await listening(context, server);
    await new Promise((resolve) => server.close(resolve));
    const error = await failureAt(`http://${host}`);
    assert.deepEqual([error.code, error.message], [code, told(host, "the connection was refused")]);
  });

  test("because it breaks off the connection", async (context) => {
    const host = await listening(
      context,
      createTcpServer((socket) => socket.resetAndDestroy()),
    );
    const error = await failureAt(`http://${host}`);
    assert.deepEqual([error.code, error.message], [code, told(host, "the connection broke off")]);
  });

  test("because it breaks off inside its answer", async (context) => {
    const server = webServer((_, response) => {
      response.writeHead(200, { "content-length": 9 }).write("{", () => response.socket?.resetAndDestroy());
    });
    const host = await listening(context, server);
    const error = await failureAt(`http://${host}`);
    assert.deepEqual([error.code, error.message], [code, told(host, "the connection broke off")]);
  });

  test("because it does not speak TLS", async (context) => {
    const host = await listening(
      context,
      webServer((_, response) => void response.end()),
    );
    const error = await failureAt(`https://${host}`);
    assert.deepEqual([error.code, error.message], [code, told(host, "no trusted TLS connection could be made")]);
  });

  test("because it takes too long", async (context) => {
    const host = await listening(
      context,
      webServer(() => undefined),
    );
    const error = await failureAt(`http://${host}`, 100);
    assert.equal(error.code, "ERR_VENDOR_TIMEOUT");
    assert.equal(
      error.message,
      `Directory workforce did not answer at ${host} within 1 s; try again later (GET /things).`,
    );
  });
});
