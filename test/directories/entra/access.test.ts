/** How the app proves itself, what it may do and see, and which hosts get its token. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openDirectory } from "../../../lib/directories/index.ts";
import { type Entra, startEntra } from "../../../simulators/entra/index.ts";
import { never } from "../tenant.ts";
import { ellipticKey, makeCertificate } from "./certificate.ts";
import { noon, openEntra, start } from "./tenant.ts";

describe("an app with a certificate", () => {
  test("signs its requests for a token", async (context) => {
    const pair = makeCertificate();
    const entra = await startEntra({ users: 10, now: () => noon, certificate: pair.certificate });
    context.after(() => entra.close());
    const { clientId } = entra.credentials;
    assert.equal(await openEntra(entra, { secret: { clientId, ...pair } }).total?.(never), 10);
    const other = openEntra(entra, { secret: { clientId, ...makeCertificate() } });
    await assert.rejects(async () => other.total?.(never), {
      code: "ERR_VENDOR_AUTH",
      message: /check clientId and its key in its secret/,
    });
  });

  test("needs both halves, and no secret beside them", async (context) => {
    const { entra } = await start(context);
    const { clientId, clientSecret } = entra.credentials;
    const pair = makeCertificate();
    for (const [secret, field] of [
      [{ clientId }, "clientSecret"],
      [{ clientId, privateKey: pair.privateKey }, "certificate"],
      [{ clientId, certificate: pair.certificate }, "privateKey"],
      [{ clientId, clientSecret, ...pair }, "clientSecret"],
      [{ clientId, ...pair, privateKey: "-----BEGIN PRIVATE KEY-----" }, "privateKey"],
      [{ clientId, ...pair, privateKey: ellipticKey() }, "privateKey"],
      [{ clientId, ...pair, certificate: pair.privateKey }, "certificate"],
    ] as const) {
      const open = () => openEntra(entra, { secret });
      assert.throws(open, { code: "ERR_SECRET_INVALID", message: new RegExp(`office.* ${field}`) });
    }
  });
});

describe("a cloud", () => {
  for (const [cloud, graph, login] of [
    [undefined, "https://graph.microsoft.com", "https://login.microsoftonline.com"],
    ["us-gov", "https://graph.microsoft.us", "https://login.microsoftonline.us"],
    ["us-gov-dod", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us"],
    ["china", "https://microsoftgraph.chinacloudapi.cn", "https://login.chinacloudapi.cn"],
  ] as const) {
    test(`${cloud ?? "global"} has hosts of its own, and no other gets the credential`, async () => {
      const asked: string[] = [];
      const settings = { tenant: "9d2f6a01-3b4c-4d5e-8f60-718293a4b5c6", ...(cloud && { cloud }) };
      const directory = openDirectory("entra", {
        id: "office",
        settings,
        secret: { clientId: "c", clientSecret: "s" },
        secretVersion: "1",
        fetch: async (input) => {
          asked.push(String(input).split("?")[0] ?? "");
          return Response.json({ access_token: "t", token_type: "Bearer", value: [], responses: [] });
        },
        clock: () => noon,
      });
      assert.equal(directory.api, graph);
      await directory.find?.("somebody", never);
      assert.deepEqual(asked, [`${login}/${settings.tenant}/oauth2/v2.0/token`, `${graph}/v1.0/users`]);
    });
  }

  test("and tenant are nothing else than what is documented", async (context) => {
    const { entra } = await start(context);
    for (const settings of [
      { tenant: "contoso.onmicrosoft.com" },
      { cloud: "germany" },
      { perUserMfa: "yes" },
      { region: "eu" },
    ])
      assert.throws(() => openEntra(entra, { settings }), { code: "ERR_POLICY_INVALID" });
  });
});

describe("what the app may see", () => {
  test("is the whole tenant, by the permissions in its token", async (context) => {
    const { directory } = await start(context);
    assert.deepEqual(await directory.coverage?.(never), { extent: "whole" });
    assert.ok(directory.scopes().includes("User.Read.All"));
  });

  test("is not known without such a permission, or by a token that nobody can read", async (context) => {
    const { entra, directory } = await start(context, { permissions: ["AuditLog.Read.All"] });
    assert.equal((await directory.coverage?.(never))?.extent, "unknown");
    const opaque: typeof fetch = async (input, init) => {
      const answer = await fetch(input, init);
      return String(input).endsWith("/token") ? Response.json({ access_token: "opaque" }) : answer;
    };
    assert.equal((await openEntra(entra, { fetch: opaque }).coverage?.(never))?.extent, "unknown");
  });
});

describe("one account", () => {
  const somebody = ({ user }: Entra) => user(0);

  test("is found by exactly its name, with quotes in it as well", async (context) => {
    const { entra, directory } = await start(context);
    const { id } = somebody(entra);
    const userPrincipalName = "d'arcy.o''neil&x=1#ext#@example.com";
    entra.change(id, { userPrincipalName });
    assert.equal(await directory.find?.(userPrincipalName, never), id);
    assert.equal(await directory.find?.(userPrincipalName.toUpperCase(), never), undefined);
    assert.equal(await directory.find?.("' or '1' eq '1", never), undefined);
  });

  test("has its own address, though another has the same one", async (context) => {
    const { entra, directory } = await start(context);
    const [one, two] = [entra.user(0).id, entra.user(1).id];
    for (const id of [one, two]) entra.change(id, { mail: "shared@example.com" });
    assert.equal(await directory.emailOf?.(one, never), "shared@example.com");
    assert.equal(await directory.emailOf?.(two, never), "shared@example.com");
    entra.change(one, { mail: null });
    assert.equal(await directory.emailOf?.(one, never), undefined);
  });

  test("that was deleted is nobody, although it can be restored; a 404 of somebody else is no answer", async (context) => {
    const { entra, directory } = await start(context);
    const { id } = somebody(entra);
    entra.leave(id);
    assert.equal(await directory.read(id, never), undefined);
    entra.setFault({ kind: "error", status: 404, code: "proxyError", on: "user" });
    await assert.rejects(directory.read(entra.user(1).id, never), { code: "ERR_VENDOR_NOT_FOUND" });
  });

  test("read as another is refused", async (context) => {
    const { entra, directory } = await start(context);
    entra.setFault({ kind: "row-field", on: "user", field: "id", value: entra.user(1).id });
    await assert.rejects(directory.read(somebody(entra).id, never), { code: "ERR_VENDOR_FORMAT" });
  });

  test("is in the audit log from one moment to another, newest first", async (context) => {
    const { entra, directory } = await start(context);
    const { id } = somebody(entra);
    const lines = [
      ["2026-11-19T10:00:00Z", "User registered security info", id],
      ["2026-11-19T11:00:00Z", "Update user", id],
      ["2026-11-19T12:00:00Z", "Update user", entra.user(1).id],
      ["2026-11-01T00:00:00Z", "Update user", id],
    ] as const;
    for (const [at, activity, user] of lines) entra.addAudit({ at, activity, user });
    const events = await directory.log?.(id, new Date("2026-11-18"), new Date("2026-11-20"), never);
    assert.deepEqual(events, [
      { at: "2026-11-19T11:00:00.000Z", action: "Update user", by: "admin@example.com", detail: "success" },
      {
        at: "2026-11-19T10:00:00.000Z",
        action: "User registered security info",
        by: "admin@example.com",
        detail: "success",
      },
    ]);
  });
});

describe("groups in rules", () => {
  test("exist, do not, or cannot be seen; Entra has no populations", async (context) => {
    const { entra, directory } = await start(context);
    const id = entra.groups[0]?.id ?? "";
    assert.equal(await directory.exists?.("group", id, never), true);
    assert.equal(await directory.exists?.("group", "00000000-0000-4000-8000-000000000000", never), false);
    assert.equal(await directory.exists?.("population", id, never), false);
    entra.setPermissions(["User.Read.All"]);
    await assert.rejects(async () => directory.exists?.("group", id, never), { code: "ERR_VENDOR_DENIED" });
  });
});
