/** The action that asks a person to register a second factor: added, read back, and taken out again. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createFlow } from "../../../simulators/keycloak/index.ts";
import { changesIn, never } from "../tenant.ts";
import { browserFlow, conditional, start } from "./realm.ts";

describe("a change", () => {
  test("adds the action to those that are there, and sends nothing else", async (context) => {
    const { keycloak, directory, subject } = await start(context, { otpShare: 0 });
    const { id, attributes } = keycloak.account(0);
    keycloak.change(id, { requiredActions: ["VERIFY_EMAIL", "their-own"] });
    assert.equal(await directory.enforce?.(await subject(0), never), "sent");
    assert.deepEqual(
      changesIn(keycloak.calls).map(({ body }) => body),
      [{ requiredActions: ["VERIFY_EMAIL", "their-own", "CONFIGURE_TOTP"] }],
    );
    assert.deepEqual(keycloak.find(id)?.requiredActions, ["VERIFY_EMAIL", "their-own", "CONFIGURE_TOTP"]);
    assert.deepEqual(keycloak.find(id)?.attributes, attributes);
    assert.deepEqual((await directory.read(id, never))?.facts.enabled, { known: true, value: true });
  });

  test("writes nothing where the person is asked already", async (context) => {
    const { keycloak, directory, subject } = await start(context, { otpShare: 0 });
    keycloak.change(keycloak.account(0).id, { requiredActions: ["CONFIGURE_TOTP"] });
    assert.equal(await directory.enforce?.(await subject(0), never), "sent");
    assert.deepEqual(changesIn(keycloak.calls), []);
  });

  test("asks for a security key where the policy says so, and the sign-in asks for one", async (context) => {
    const { keycloak, directory, subject } = await start(context, { otpShare: 0 }, { action: "webauthn-register" });
    keycloak.settings.flows.set("browser", createFlow(browserFlow(...conditional("webauthn-authenticator"))));
    assert.equal(await directory.enforce?.(await subject(0), never), "sent");
    assert.deepEqual(keycloak.account(0).requiredActions, ["webauthn-register"]);
  });

  test("is refused where it would bind nobody", async (context) => {
    const { directory, subject } = await start(context, { otpShare: 0 }, { action: "webauthn-register" });
    const sent = await directory.enforce?.(await subject(0), never);
    assert.match(
      typeof sent === "object" ? sent.why : "",
      /does not carry out webauthn-register, or its sign-in does not ask/,
    );
    const off = await start(context, { otpShare: 0 });
    off.keycloak.settings.flows.set("browser", createFlow(browserFlow()));
    const refused = await off.directory.enforce?.(await off.subject(0), never);
    assert.match(typeof refused === "object" ? refused.why : "", /asks nobody for a second factor/);
    assert.deepEqual(changesIn(off.keycloak.calls), []);
  });

  test("of an account that another store keeps read-only is refused for that account alone", async (context) => {
    const { keycloak, directory, subject } = await start(context, { otpShare: 0 });
    keycloak.change(keycloak.account(0).id, { federationLink: "ldap", readOnly: true });
    const sent = await directory.enforce?.(await subject(0), never);
    assert.equal(typeof sent === "object" && sent.outcome, "refused");
    assert.match(typeof sent === "object" ? sent.why : "", /read-only in the store that it comes from/);
    assert.equal(await directory.enforce?.(await subject(1), never), "sent");
  });

  test("is never made on a list that cannot be read, since it would replace that", async (context) => {
    const { keycloak, directory, subject } = await start(context, { otpShare: 0 });
    const found = await subject(0);
    keycloak.setFault({ kind: "drop", field: "requiredActions", on: "user" });
    await assert.rejects(directory.enforce?.(found, never) ?? assert.fail(), { code: "ERR_VENDOR_FORMAT" });
    assert.deepEqual(changesIn(keycloak.calls), []);
  });

  test("that the client may not make is denied, with the roles to grant", async (context) => {
    const { directory, subject } = await start(context, { otpShare: 0, roles: ["view-users", "view-realm"] });
    await assert.rejects(directory.enforce?.(await subject(0), never) ?? assert.fail(), {
      code: "ERR_VENDOR_DENIED",
      message: /manage-users/,
    });
  });
});

test("whoever is to be changed is warned of programs that use the account, and nobody else", async (context) => {
  const { keycloak, directory, subject } = await start(context, { otpShare: 0 });
  assert.match(directory.caution?.(await subject(0)) ?? "", /direct access grant\) is refused/);
  keycloak.register(keycloak.account(0).id, "otp");
  assert.equal(directory.caution?.(await subject(0)), undefined);
});

describe("putting back", () => {
  const off = { enabled: false };

  test("takes out the action alone", async (context) => {
    const { keycloak, directory, subject } = await start(context, { otpShare: 0 });
    const { id } = keycloak.account(0);
    keycloak.change(id, { requiredActions: ["VERIFY_EMAIL", "CONFIGURE_TOTP", "their-own"] });
    assert.equal(await directory.revert?.(await subject(0), off, never), "sent");
    assert.deepEqual(keycloak.find(id)?.requiredActions, ["VERIFY_EMAIL", "their-own"]);
  });

  test("leaves an action that was there before, and whatever is not on record", async (context) => {
    const { keycloak, directory, subject } = await start(context, { otpShare: 0 });
    keycloak.change(keycloak.account(0).id, { requiredActions: ["CONFIGURE_TOTP"] });
    for (const before of [{ enabled: true }, {}, { enabled: null }]) {
      assert.match(directory.whyNotReverted?.(await subject(0), before) ?? "", /not on record/);
      const sent = await directory.revert?.(await subject(0), before, never);
      assert.equal(typeof sent === "object" && sent.outcome, "refused");
    }
    assert.deepEqual(changesIn(keycloak.calls), []);
  });

  test("takes nothing away that the person has registered since, whatever was known beforehand", async (context) => {
    const { keycloak, directory, subject } = await start(context, { otpShare: 0 });
    const before = await subject(0);
    keycloak.register(before.id, "otp");
    assert.match(directory.whyNotReverted?.(await subject(0), off) ?? "", /has registered a second factor since/);
    const sent = await directory.revert?.(before, off, never);
    assert.match(typeof sent === "object" ? sent.why : "", /has registered a second factor since/);
    assert.deepEqual(changesIn(keycloak.calls), []);
  });
});
