/** How PingOne is called: by its own documents, with a token that is shared, renewed and never shown. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Directory, NOT_ASKED } from "../../../lib/model/index.ts";
import documents from "../../fixtures/pingone.json" with { type: "json" };
import { NO_FACTS, never } from "../tenant.ts";
import { openPingOne, start } from "./environment.ts";

const environment = "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6";

describe("the vendor's own documents", () => {
  /** PingOne itself, as far as its documentation shows it. */
  function answering(
    document: { status?: number; answer: unknown },
    region: string,
  ): { directory: Directory; sent: Request[] } {
    const sent: Request[] = [];
    const vendor = async (input: string | URL | Request, init?: RequestInit) => {
      const request = new Request(input, init);
      sent.push(request);
      if (request.url.startsWith("https://auth."))
        return Response.json({ access_token: "t", token_type: "Bearer", expires_in: 3600 });
      return Response.json(document.answer, { status: document.status ?? 200 });
    };
    const directory = openPingOne({
      settings: { environment, region },
      secret: { clientId: "6b1a9f4c-2d1e", clientSecret: "a~b.c_d-e%:+" },
      fetch: vendor,
    });
    return { sent, directory };
  }

  test("a page of users", async () => {
    const { directory, sent } = answering(documents.users, "com");
    const page = await directory.page(undefined, never);
    assert.equal(sent[1]?.url, `https://api.pingone.com/v1/environments/${environment}/users?limit=1000`);
    assert.equal(page.next, documents.users.answer._links.next.href);
    assert.equal(page.claimed, 2);
    assert.deepEqual(page.subjects, [
      {
        id: "05ad3cc6-8723-4f85-9711-05ad549717f6",
        username: "jane.doe@example.com",
        updatedAt: "2026-01-05T08:15:30.000Z",
        personKeys: { email: "jane.doe@example.com" },
        facts: {
          active: { known: true, value: true },
          enabled: { known: true, value: false },
          devices: NOT_ASKED,
          bypass: NOT_ASKED,
          population: { known: true, value: "3f5b0a0c-7c2d-4c11-9a5e-5b0f2b6d9e01" },
          groups: NOT_ASKED,
          createdAt: { known: true, value: "2026-01-05T08:15:30.000Z" },
        },
      },
    ]);
  });

  test("a change, sent as documented and checked", async () => {
    const { directory, sent } = answering(documents.mfaEnabled, "com");
    const subject = {
      id: "05ad3cc6-8723-4f85-9711-05ad549717f6",
      username: "jane",
      facts: NO_FACTS,
    };
    assert.equal(await directory.enforce?.(subject, never), "sent");
    const put = sent[1];
    assert.equal(put?.method, "PUT");
    assert.equal(put?.url, documents.mfaEnabled.answer._links.self.href);
    assert.equal(await put?.text(), '{"mfaEnabled":true}');
  });

  test("a list of devices", async () => {
    const { directory, sent } = answering(documents.devices, "eu");
    const id = "b30ac647-e33e-464f-a6ea-0275082d4c26";
    const [subject] =
      (await directory.complete?.([{ id, username: "jane", facts: NO_FACTS }], ["devices"], never)) ?? [];
    assert.equal(sent[1]?.url, documents.devices.answer._links.self.href);
    assert.deepEqual(subject?.facts.devices, { known: true, value: [{ method: "sms", usable: true }] });
  });

  test("an error: its code, id and targets are kept, nothing else", async () => {
    const { directory } = answering(documents.error, "com");
    const detail = {
      method: "GET",
      path: "/environments/{env}/users",
      status: 400,
      vendorCode: "INVALID_DATA",
      requestId: "6c796712-0f16-4062-815a-e0a92f4a2143",
      targets: ["INVALID_VALUE mfaEnabled"],
    };
    await assert.rejects(directory.page(undefined, never), { code: "ERR_VENDOR_REJECTED", detail });
  });

  test("the token, asked for with Basic authentication that any reader of RFC 6749 understands", async () => {
    const { directory, sent } = answering(documents.users, "com.au");
    await directory.page(undefined, never);
    const [token, page] = sent;
    assert.equal(token?.url, `https://auth.pingone.com.au/${environment}/as/token`);
    assert.equal(await token?.text(), "grant_type=client_credentials");
    const basic = Buffer.from(token?.headers.get("authorization")?.slice("Basic ".length) ?? "", "base64").toString();
    assert.equal(basic, "6b1a9f4c-2d1e:a~b.c_d-e%25%3A%2B");
    assert.equal(page?.headers.get("authorization"), "Bearer t");
  });
});

describe("the token", () => {
  test("is fetched once for calls at the same time, and kept", async (context) => {
    const { pingone, directory } = await start(context);
    await Promise.all([directory.page(undefined, never), directory.total?.(never), directory.page(undefined, never)]);
    await directory.page(undefined, never);
    assert.equal(pingone.counts()["POST token"], 1);
  });

  test("is renewed once when the API no longer takes it, and not for ever", async (context) => {
    const { pingone, directory } = await start(context);
    await directory.page(undefined, never);
    pingone.setFault({ kind: "expire-token", on: "users", times: 1 });
    await directory.page(undefined, never);
    assert.equal(pingone.counts()["POST token"], 2);
    pingone.setFault({ kind: "expire-token", on: "users" });
    await assert.rejects(directory.page(undefined, never), { code: "ERR_VENDOR_AUTH" });
    assert.equal(pingone.counts()["POST token"], 3);
  });

  test("that lives 45 seconds is shared by the calls after it", async (context) => {
    const { pingone, directory } = await start(context, { tokenLifetime: 45 });
    await directory.page(undefined, never);
    await directory.page(undefined, never);
    assert.equal(pingone.counts()["POST token"], 1);
  });

  test("is given to a client id with an @, whichever way the server reads it", async (context) => {
    for (const basic of ["encoded", "raw"] as const) {
      const { directory } = await start(context, { clientId: "svc@iam.example", clientSecret: "a+b%40", basic });
      assert.equal((await directory.page(undefined, never)).subjects.length, 10);
    }
  });

  test("is refused for a wrong client, naming the fields of the secret; the failure is not kept", async (context) => {
    const { pingone, directory } = await start(context, {}, { clientSecret: "wrong-s3cret" });
    const wrong = { code: "ERR_VENDOR_AUTH", message: /workforce .*clientId and clientSecret/ };
    await assert.rejects(directory.page(undefined, never), wrong);
    await assert.rejects(directory.page(undefined, never), wrong);
    // Each time once more, since a server may refuse once without a reason.
    assert.deepEqual(pingone.counts(), { "POST token": 4 });
  });

  test("that is none is refused", async (context) => {
    const { pingone, directory } = await start(context);
    pingone.setFault({ kind: "drop", on: "token", field: "access_token" });
    await assert.rejects(directory.page(undefined, never), { code: "ERR_VENDOR_FORMAT" });
  });

  test("survives that another caller gave up while it was on its way", async (context) => {
    const { directory } = await start(context, { latency: 30 });
    const impatient = new AbortController();
    const gone = assert.rejects(directory.page(undefined, impatient.signal), { code: "ERR_ABORTED" });
    const patient = directory.page(undefined, never);
    impatient.abort();
    await gone;
    assert.equal((await patient).subjects.length, 10);
  });
});
