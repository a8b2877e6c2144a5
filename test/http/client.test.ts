/** What a vendor's file may rely on when it calls its vendor. */

import assert from "node:assert/strict";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { describe, type TestContext, test } from "node:test";
import { gzipSync } from "node:zlib";
import * as v from "valibot";
import { type Code, WardenError } from "../../lib/errors.ts";
import { type HttpNeeds, httpClient } from "../../lib/http/client.ts";
import type { ApiRequest } from "../../lib/http/request.ts";
import { RETRY_IDEMPOTENT, type RetryPolicy } from "../../lib/http/retry.ts";
import { startServer } from "../loopback.ts";

const schema = v.object({ ok: v.boolean() });
const never = new AbortController().signal;
const noon = Date.parse("2026-11-20T12:00:00Z");

interface Vendor {
  readonly url: string;
  /** Requests that came in. */
  readonly hits: IncomingMessage[];
  /** Milliseconds that were to be waited between tries. */
  readonly waits: number[];
  call(call?: Partial<ApiRequest<typeof schema>>): Promise<{ readonly body: { ok: boolean }; readonly date?: string }>;
}

/** A server on loopback and a client for it that does not really wait between its tries. */
async function start(
  context: TestContext,
  answer: (response: ServerResponse, n: number) => void,
  needs: Partial<HttpNeeds> = {},
): Promise<Vendor> {
  const hits: IncomingMessage[] = [];
  const waits: number[] = [];
  const listener: RequestListener = (request, response) => {
    request.resume();
    answer(response, hits.push(request));
  };
  const url = `${await startServer(context, listener)}/things`;
  const sleep = async (ms: number, signal: AbortSignal) => {
    signal.throwIfAborted();
    waits.push(ms);
  };
  const http = httpClient({
    directory: "workforce",
    fetch,
    clock: () => waits.reduce((now, ms) => now + ms, noon),
    origins: [],
    random: () => 0.5,
    sleep,
    ...needs,
  });
  const base = { method: "GET", url, path: "/things", schema, signal: never } as const;
  return { url, hits, waits, call: (call = {}) => http.call({ ...base, ...call }) };
}

const json = (response: ServerResponse, status = 200, body: unknown = { ok: true }, headers = {}) =>
  void response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

async function refused(work: Promise<unknown>, code: Code): Promise<WardenError> {
  const error: unknown = await work.then(
    () => assert.fail(`${code} was expected`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof WardenError, String(error));
  assert.equal(error.code, code);
  return error;
}

describe("an answer", () => {
  test("brings its JSON as the schema reads it, and the vendor's clock", async (context) => {
    const vendor = await start(context, (response) =>
      json(response, 200, { ok: true, more: 1 }, { date: "Fri, 20 Nov 2026 12:00:05 GMT" }),
    );
    assert.deepEqual(await vendor.call(), { status: 200, body: { ok: true }, date: "2026-11-20T12:00:05.000Z" });
  });

  test("that the schema cannot read is refused, naming the place", async (context) => {
    const vendor = await start(context, (response) => json(response, 200, { ok: "s3cret" }));
    const error = await refused(vendor.call(), "ERR_VENDOR_FORMAT");
    assert.match(error.message, /^Directory workforce answered without a readable ok/);
    assert.doesNotMatch(error.message, /s3cret/);
  });

  for (const [what, body] of [
    ["HTML", "<!doctype html>"],
    ["half a document", '{"ok":tr'],
    ["nothing", ""],
    ["bytes that are no text", Buffer.from([0x22, 0xff, 0x22])],
  ] as const) {
    test(`that is ${what} is asked for once more, then refused; a change is not sent again`, async (context) => {
      const vendor = await start(context, (response) => void response.end(body));
      await refused(vendor.call(), "ERR_VENDOR_FORMAT");
      assert.equal(vendor.hits.length, 2);
      await refused(vendor.call({ method: "PUT", retry: RETRY_IDEMPOTENT }), "ERR_VENDOR_FORMAT");
      assert.equal(vendor.hits.length, 3);
    });
  }

  test("over 32 MiB is refused, counted after decompression", async (context) => {
    const bomb = gzipSync(Buffer.alloc(33 * 1024 * 1024, " "));
    const vendor = await start(
      context,
      (response) => void response.writeHead(200, { "content-encoding": "gzip" }).end(bomb),
    );
    await refused(vendor.call(), "ERR_VENDOR_OVERSIZE");
    assert.equal(vendor.hits.length, 1);
  });

  test("that redirects is refused, and the other place never called", async (context) => {
    const other = await start(context, (response) => json(response));
    const vendor = await start(context, (response) => void response.writeHead(302, { location: other.url }).end());
    const error = await refused(vendor.call(), "ERR_VENDOR_REDIRECT");
    assert.equal(error.detail.status, 302);
    assert.equal(other.hits.length, 0);
  });

  const codes: [number, Code][] = [
    [400, "ERR_VENDOR_REJECTED"],
    [401, "ERR_VENDOR_AUTH"],
    [403, "ERR_VENDOR_DENIED"],
    [404, "ERR_VENDOR_NOT_FOUND"],
    [409, "ERR_VENDOR_REJECTED"],
    [422, "ERR_VENDOR_REJECTED"],
    [501, "ERR_VENDOR_UNAVAILABLE"],
  ];
  for (const [status, code] of codes) {
    test(`of ${status} is ${code} at once`, async (context) => {
      const vendor = await start(context, (response) => json(response, status));
      assert.equal((await refused(vendor.call(), code)).detail.status, status);
      assert.equal(vendor.hits.length, 1);
    });
  }
});

describe("a retry", () => {
  for (const status of [429, 500, 502, 503, 504]) {
    test(`helps over a passing ${status}, for what may be sent twice`, async (context) => {
      const vendor = await start(context, (response, n) => json(response, n % 3 === 0 ? 200 : status));
      assert.equal((await vendor.call()).body.ok, true);
      assert.equal((await vendor.call({ method: "PUT", retry: RETRY_IDEMPOTENT, body: "{}" })).body.ok, true);
      assert.equal(vendor.hits.length, 6);
      await assert.rejects(vendor.call({ method: "POST", body: "{}" }), {
        detail: { method: "POST", path: "/things", status },
      });
      assert.equal(vendor.hits.length, 7);
    });
  }

  test("helps over a connection that breaks before or inside the body", async (context) => {
    const vendor = await start(context, (response, n) => {
      if (n === 1) response.socket?.resetAndDestroy();
      else if (n === 2)
        response.writeHead(200, { "content-length": 11 }).write("{", () => response.socket?.resetAndDestroy());
      else json(response);
    });
    assert.equal((await vendor.call()).body.ok, true);
    assert.equal(vendor.hits.length, 3);
  });

  test("ends after six tries, with growing waits between", async (context) => {
    const vendor = await start(context, (response) => json(response, 500));
    await refused(vendor.call(), "ERR_VENDOR_UNAVAILABLE");
    assert.equal(vendor.hits.length, 6);
    assert.deepEqual(
      vendor.waits,
      vendor.waits.toSorted((a, b) => a - b),
    );
    assert.equal(vendor.waits.length, 5);
  });

  const date = "Fri, 20 Nov 2026 18:00:00 GMT";
  const after = "Fri, 20 Nov 2026 18:00:07 GMT";
  for (const [what, headers] of [
    ["seconds", { "retry-after": "7" }],
    ["a date by the vendor's own clock", { date, "retry-after": after }],
    ["seconds since 1970, which Okta sends instead", { date, "x-rate-limit-reset": `${Date.parse(after) / 1000}` }],
  ] as const) {
    test(`waits as long as the vendor says in ${what}`, async (context) => {
      const vendor = await start(context, (response, n) => json(response, n === 1 ? 429 : 200, { ok: true }, headers));
      await vendor.call();
      assert.ok((vendor.waits[0] ?? 0) >= 7000, String(vendor.waits));
    });
  }

  test("is for the request to decide, if it says so", async (context) => {
    const vendor = await start(context, (response, n) => json(response, n === 1 ? 409 : 500));
    const retry: RetryPolicy = {
      maxAttempts: 3,
      isRetryable: (error, attempt) => error.detail.status === 409 || attempt === 2,
    };
    await refused(vendor.call({ method: "POST", body: "{}", retry }), "ERR_VENDOR_UNAVAILABLE");
    assert.equal(vendor.hits.length, 3);
    await refused(vendor.call({ retry }), "ERR_VENDOR_UNAVAILABLE");
    assert.equal(vendor.hits.length, 4);
  });

  test("is not tried when the wait would pass the deadline", async (context) => {
    const vendor = await start(context, (response) => json(response, 429, {}, { "retry-after": "31" }));
    const error = await refused(vendor.call(), "ERR_VENDOR_THROTTLED");
    assert.equal(error.detail.retryAfter, 31_000);
    assert.equal(vendor.hits.length, 1);
  });
});

describe("time", () => {
  test("ends for a body that drips, and for an answer that never comes", async (context) => {
    const drip = await start(context, (response) => void response.writeHead(200).write("{"), { deadlineMs: 100 });
    const silent = await start(context, () => undefined, { deadlineMs: 100 });
    await Promise.all([refused(drip.call(), "ERR_VENDOR_TIMEOUT"), refused(silent.call(), "ERR_VENDOR_TIMEOUT")]);
    assert.equal(drip.hits.length, 1);
  });

  test("ends with the caller's signal: before, while waiting for its turn, and inside the body", async (context) => {
    const vendor = await start(context, (response) => void response.writeHead(200).write("{"), {
      maxConcurrentCalls: 1,
    });
    await refused(vendor.call({ signal: AbortSignal.abort() }), "ERR_ABORTED");
    const [first, second] = [new AbortController(), new AbortController()];
    const body = refused(vendor.call({ signal: first.signal }), "ERR_ABORTED");
    const queued = refused(vendor.call({ signal: second.signal }), "ERR_ABORTED");
    second.abort();
    await queued;
    first.abort();
    await body;
    assert.ok(vendor.hits.length <= 1);
  });

  test("is not lost on a vendor that is not there", async (context) => {
    const vendor = await start(context, (response) => json(response));
    await refused(vendor.call({ url: "http://127.0.0.1:1/" }), "ERR_VENDOR_UNREACHABLE");
    assert.equal(vendor.waits.length, 5);
  });
});

describe("a credential", () => {
  const origins = ["https://api.vendor.example"];
  for (const url of [
    "http://api.vendor.example/things",
    "https://api.vendor.example:8443/things",
    "https://api.vendor.example.evil.example/things",
    "https://api.vendor.example@evil.example/things",
    "https://user:word@api.vendor.example/things",
    "http://127.0.0.1.evil.example/things",
    "http://localhost.evil.example/things",
    "http://169.254.169.254/latest",
    "file:///etc/passwd",
    "//api.vendor.example/things",
    "not an address",
  ]) {
    test(`is not sent to ${url}`, async () => {
      const calls: unknown[] = [];
      const http = httpClient({
        directory: "workforce",
        clock: () => noon,
        origins,
        fetch: async (to) => {
          calls.push(to);
          return Response.json({ ok: true });
        },
      });
      const error = await refused(
        http.call({ method: "GET", url, path: "/things", schema, signal: never }),
        "ERR_VENDOR_ORIGIN",
      );
      assert.deepEqual(calls, []);
      assert.doesNotMatch(error.message, /example|169|passwd/);
    });
  }

  for (const url of [
    "https://api.vendor.example/things",
    "http://127.0.0.1:8080/",
    "https://localhost/",
    "http://[::1]:1/",
  ]) {
    test(`may go to ${url}`, async () => {
      const http = httpClient({
        directory: "workforce",
        clock: () => noon,
        origins,
        fetch: async () => Response.json({ ok: true }),
      });
      assert.equal((await http.call({ method: "GET", url, path: "/things", schema, signal: never })).body.ok, true);
    });
  }
});

describe("an error", () => {
  test("says what is safe, and nothing of headers, query, bodies or what the vendor put in odd places", async (context) => {
    const said = {
      vendorCode: "REQUEST_BAD",
      requestId: "s3cret\nline",
      targets: ["INVALID mfaEnabled", "s3cret\u001b[31m"],
    };
    const vendor = await start(
      context,
      (response) => json(response, 400, { message: "s3cret" }, { "x-echo": "s3cret" }),
      { describeVendorError: () => said },
    );
    const call = {
      url: `${vendor.url}?token=s3cret`,
      headers: { authorization: "Bearer s3cret" },
      body: '{"password":"s3cret"}',
    };
    const error = await refused(vendor.call({ ...call, method: "PUT" }), "ERR_VENDOR_REJECTED");
    assert.deepEqual(error.detail, {
      method: "PUT",
      path: "/things",
      status: 400,
      vendorCode: "REQUEST_BAD",
      targets: ["INVALID mfaEnabled"],
    });
    assert.match(error.message, /^Directory workforce .*\(PUT \/things answered 400\)\.$/);
    assert.doesNotMatch([JSON.stringify(error), error.message, error.stack, error.cause].join(), /s3cret/);
  });

  test("hides what a credential did to the request itself", async (context) => {
    const vendor = await start(context, (response) => json(response));
    const error = await refused(
      vendor.call({ headers: { authorization: "Bearer s3cret\n" + "s3cret" } }),
      "ERR_VENDOR_UNREACHABLE",
    );
    assert.doesNotMatch([JSON.stringify(error), error.message, error.stack, error.cause].join(), /s3cret/);
  });
});

describe("the request budget", () => {
  const slow = (counts: { now: number; most: number }, response: ServerResponse) => {
    counts.most = Math.max(counts.most, ++counts.now);
    setTimeout(() => {
      counts.now -= 1;
      json(response);
    }, 30);
  };

  test("bounds the calls at once", async (context) => {
    const counts = { now: 0, most: 0 };
    const vendor = await start(context, (response) => slow(counts, response), { maxConcurrentCalls: 4 });
    await Promise.all(Array.from({ length: 12 }, () => vendor.call()));
    assert.ok(counts.most <= 4, String(counts.most));
  });

  test("halves when the vendor throttles, and comes back", async (context) => {
    const counts = { now: 0, most: 0 };
    const vendor = await start(context, (response, n) => (n === 1 ? json(response, 429) : slow(counts, response)), {
      maxConcurrentCalls: 4,
    });
    await vendor.call();
    counts.most = 0;
    await Promise.all(Array.from({ length: 3 }, () => vendor.call()));
    assert.ok(counts.most <= 2, String(counts.most));
    for (let n = 0; n < 10; n += 1) await vendor.call();
    counts.most = 0;
    await Promise.all(Array.from({ length: 12 }, () => vendor.call()));
    assert.ok(counts.most > 2, String(counts.most));
  });
});
