/** What a person may rely on of `serve` where the vendor sends no webhooks: its log is asked, and says what it may not have seen. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { joinStack } from "../../cli/state/stack.ts";
import { startKeycloak } from "../../simulators/keycloak/index.ts";
import { keycloakDirectory } from "../directories/keycloak/fixture.ts";
import { start } from "./server.ts";
import { warden } from "./workspace.ts";

test("who takes a second factor away is asked for a new one within a poll, and a log that is switched off is told of", async () => {
  const keycloak = await startKeycloak({ accounts: 12, otpShare: 1 });
  const folder = mkdtempSync(join(tmpdir(), "warden-polls-"));
  const { settings, secret } = keycloakDirectory(keycloak);
  const directory = JSON.stringify({ id: "staff", vendor: "keycloak", mode: "enforce", ...settings });
  const rules = "rules: [{ name: everyone, match: all, require: registered }]\n";
  writeFileSync(join(folder, "policy.yaml"), `version: 1\ndirectories:\n  - ${directory}\n${rules}`);
  writeFileSync(join(folder, "secrets.json"), JSON.stringify({ staff: secret }), { mode: 0o600 });
  const { id } =
    Array.from({ length: 12 }, (_, n) => keycloak.account(n)).find(({ enabled }) => enabled) ?? assert.fail();
  try {
    assert.equal((await warden(folder, "sweep")).code, 0);
    const serve = start(folder, "serve", "--port", "0", "--poll", "1");
    await serve.line(/staff \(keycloak\) +enforce +nowhere: its log is asked every 1 s/);
    keycloak.unregister(id, "otp");
    await serve.line(new RegExp(`staff/${id} +enforced: the read-back shows that the next sign-in asks for a device`));
    assert.deepEqual(keycloak.find(id)?.requiredActions, ["CONFIGURE_TOTP"]);
    keycloak.events.config.eventsEnabled = false;
    await serve.line(/Changes in staff may have happened unseen: the realm keeps no user events.*\(ERR_EVENTS_GAP\)/);
    assert.equal(await serve.end(), 0, serve.lines.join("\n"));
    const { stdout } = await warden(folder, "history", `staff/${id}`);
    assert.match(stdout, /enforced +everyone +event:\S+/);
  } finally {
    await keycloak.close();
    const state = join(folder, ".mfa-warden");
    if (existsSync(join(state, "stack.json"))) await (await joinStack(state, AbortSignal.timeout(10_000))).stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
