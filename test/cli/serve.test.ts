/** What a person may rely on of `serve`, `emit` and the webhooks that `doctor` and `simulate` set up. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { joinStack } from "../../cli/state/stack.ts";
import type { PingOneSettings } from "../../simulators/pingone/index.ts";
import { until } from "../processes.ts";
import { CREDENTIAL, makeActiveUser, type ServedWorkspace, withServe } from "./served.ts";
import { freePort, start } from "./server.ts";
import { openWorkspace, warden } from "./workspace.ts";

const enforced = ({ outcome }: { readonly outcome?: string }) => outcome === "enforced";
const isOn = ({ pingone }: ServedWorkspace, id: string) => pingone.find(id)?.mfaEnabled === true;

function post(address: string, body: string, authorization = CREDENTIAL): Promise<number> {
  return fetch(address, { method: "POST", headers: { authorization }, body }).then(({ status }) => status);
}

describe("serve", { concurrency: 3 }, () => {
  test("with simulate: who is switched off from outside is on again, and history tells the story", async () => {
    const folder = mkdtempSync(join(tmpdir(), "warden-serve-"));
    const port = await freePort();
    const simulate = start(
      folder,
      "simulate",
      "--accounts",
      "120",
      "--out",
      "sim",
      "--hooks",
      `http://127.0.0.1:${port}`,
    );
    const files = ["--policy", "sim/policy.yaml", "--secrets", "sim/secrets.json", "--state", "state"];
    try {
      const curl = await simulate.line(/curl -X POST/);
      const [, address = "", body = ""] = /POST (\S+) -d '(.*)'/.exec(curl) ?? [];
      const { id } = JSON.parse(body);
      const serve = start(folder, "serve", "--port", String(port), ...files);
      await serve.line(new RegExp(`workforce \\(pingone\\) +enforce +http://127.0.0.1:${port}/hooks/workforce`));

      assert.equal((await fetch(address, { method: "POST", body })).status, 200);
      await serve.line(new RegExp(`^\\S+Z +workforce/${id} +enforced: the read-back shows MFA on$`));
      const user: unknown = await (await fetch(new URL(`user?id=${id}`, address))).json();
      assert.ok(typeof user === "object" && user !== null && "mfaEnabled" in user && user.mfaEnabled === true);

      const { stdout } = await warden(folder, "history", `workforce/${id}`, "--state", "state");
      assert.match(
        stdout,
        /first seen: violating \(enabled\)[\s\S]*enforced +everyone +event:\S+ +the read-back shows MFA on/,
      );
      assert.equal(await serve.end(), 0, serve.lines.join("\n"));
      assert.equal(await simulate.end(), 0);
      const credential: string = JSON.parse(readFileSync(join(folder, "sim", "secrets.json"), "utf8")).workforce
        .hooks[0];
      assert.ok(credential.length >= 32);
      for (const line of [...serve.lines, ...simulate.lines]) assert.ok(!line.includes(credential));
    } finally {
      await simulate.end("SIGKILL");
      await joinStack(join(folder, "state"), AbortSignal.timeout(10_000)).then((stack) => stack.stop());
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("a webhook is set up by doctor, which first says what it would do", async () => {
    const workspace = await openWorkspace({ accounts: 30 });
    const address = "https://hooks.example.com";
    const setUp = (...more: string[]) => workspace.run("doctor", "--setup-hooks", "--url", `${address}/`, ...more);
    try {
      workspace.write("secrets.json", { workforce: workspace.pingone.credentials });
      const without = await setUp("--yes");
      assert.equal(without.code, 3);
      assert.match(without.stdout, /webhook +failed +ERR_SECRET_INVALID/);

      workspace.write("secrets.json", { workforce: { ...workspace.pingone.credentials, hooks: [CREDENTIAL] } });
      const told = await setUp();
      assert.equal(told.code, 3);
      assert.match(told.stdout, /workforce +webhook +failed .*Say --yes to make it; it will send to https:/);
      assert.deepEqual(workspace.pingone.subscriptions(), []);
      const done = await setUp("--yes");
      assert.equal(done.code, 0, done.stdout);
      const right = await setUp();
      assert.equal(right.code, 0, right.stdout);
      assert.match(right.stdout, /workforce +webhook +passed/);
      const [subscription] = workspace.pingone.subscriptions();
      assert.equal(subscription?.httpEndpoint.url, `${address}/hooks/workforce`);
      for (const { stdout, stderr } of [told, done, right]) assert.ok(!`${stdout}${stderr}`.includes(CREDENTIAL));
      assert.equal((await workspace.run("doctor", "--setup-hooks", "--url", "http://example.com")).code, 2);
      const withHooks = await workspace.run("doctor", "--setup-hooks", "--url", `${address}/hooks/`);
      assert.match(withHooks.stdout, /workforce +webhook +passed/);

      workspace.pingone.setFault({ kind: "error", on: "subscriptions", status: 400 });
      const refused = await setUp();
      assert.match(refused.stdout, /webhook +failed +ERR_VENDOR_REJECTED/);
      assert.match(refused.stdout.replace(/\s+/g, " "), /\[code INVALID_DATA; request [0-9a-f-]{36}/);
    } finally {
      await workspace.close();
    }
  });

  test("emit has an account looked at, by its name, and nobody who is not there", () =>
    withServe(async (workspace) => {
      const id = makeActiveUser(workspace);
      workspace.pingone.change(id, { mfaEnabled: false });
      const { code, stderr } = await workspace.run("emit", `workforce/${workspace.pingone.find(id)?.username}`);
      assert.equal(code, 0, stderr);
      await workspace.serving().line(new RegExp(`"subject":"${id}".*"did":"changed","outcome":"enforced"`));
      assert.ok(isOn(workspace, id));
      const nobody = await workspace.run("emit", "workforce/nobody@example.com");
      assert.equal(nobody.code, 2);
      assert.match(nobody.stderr, /ERR_INPUT_INVALID/);
    }));

  test("who does not know the credential learns and does nothing; what cannot be read is kept with its reason", () =>
    withServe(async (workspace) => {
      const id = makeActiveUser(workspace);
      const hook = `${workspace.address}/hooks/workforce`;
      const resources = [{ type: "USER", id }];
      const event = (n: number) => ({ id: `event-${n}`, action: { type: "USER.UPDATED" }, resources });
      const body = JSON.stringify([event(1), { id: "event-2", action: { type: "USER.UPDATED" } }, event(3)]);
      assert.equal(await post(hook, body, "guessed-credential"), 401);
      assert.equal(await post(`${workspace.address}/hooks/nobody`, body), 401);
      assert.equal(await post(`${workspace.address}/elsewhere`, body), 404);
      assert.equal((await fetch(hook)).status, 404);
      assert.equal(await post(hook, "x".repeat(5 * 1024 * 1024 + 1)), 413);
      await workspace.serving().line(/call refused \(401\): its credential is wrong or missing/);
      assert.deepEqual(
        workspace.serving().lines.filter((line) => line.includes('"did"')),
        [],
      );

      assert.equal(await post(hook, body), 200);
      assert.equal(await post(hook, "{not json"), 200);
      await workspace.serving().line(/"events":\["event-1","event-3"\],"did":"looked"/);
      const { messages } = JSON.parse((await workspace.run("replay", "--json")).stdout);
      const texts: string[] = messages.map(({ what, fate }: Record<string, string>) => `${what} ${fate}`);
      assert.equal(texts.length, 2, JSON.stringify(messages));
      assert.ok(
        texts.some((text) => /^workforce: one event could not be read: .*\(event-2\) cannot be moved$/.test(text)),
      );
      assert.ok(texts.some((text) => /not JSON cannot be moved$/.test(text)));
      assert.equal(workspace.puts(), 0);
    }));

  test("killed between a change and its record, and started again: one change, one record", async () => {
    let kill: (() => void) | undefined;
    const before: PingOneSettings["before"] = ({ method, route }) => {
      // The first look after the change was made.
      if (method === "GET" && route === "mfaEnabled" && kill && changed()) kill();
    };
    let changed = () => false;
    await withServe(async (workspace) => {
      const id = makeActiveUser(workspace);
      changed = () => workspace.puts() === 1 && isOn(workspace, id);
      kill = () => {
        kill = undefined;
        workspace.serving().child.kill("SIGKILL");
      };
      await workspace.subscribe();
      await workspace.comeAgainAfter(1);
      workspace.pingone.change(id, { mfaEnabled: false });
      assert.equal(await until(() => workspace.serving().child.signalCode ?? undefined, "the kill"), "SIGKILL");
      assert.ok(isOn(workspace, id));
      const left = await workspace.history(id);
      assert.ok(left.state?.claim);
      assert.equal(left.events.filter(enforced).length, 0);

      await workspace.serve();
      await workspace.serving().line(/"outcome":"enforced"/);
      await workspace.pingone.waitUntilSent();
      const { state, events } = await workspace.history(id);
      assert.equal(events.filter(enforced).length, 1);
      assert.equal(state?.claim, undefined);
      assert.equal(workspace.puts(), 1);
      assert.equal(await workspace.serving().end(), 0);
    }, before);
  });

  test("a sweep and an event that meet at one account make one change and one record", async () => {
    const slow: PingOneSettings["before"] = async ({ method }) => {
      if (method === "PUT") await delay(300);
      else await onList?.(method);
    };
    let onList: ((method: string) => Promise<void>) | undefined;
    await withServe(async (workspace) => {
      const id = makeActiveUser(workspace);
      await workspace.subscribe();
      onList = async () => {
        onList = undefined;
        workspace.pingone.change(id, { mfaEnabled: false });
      };
      const { code, stderr } = await workspace.run("sweep", "--mode", "enforce", "--json");
      await workspace.serving().line(new RegExp(`"subject":"${id}"`));
      await workspace.pingone.waitUntilSent();
      assert.ok(code === 0 || code === 1, stderr);
      assert.ok(isOn(workspace, id));
      assert.equal(workspace.puts(), 1);
      const { state, events } = await workspace.history(id);
      assert.equal(events.filter(enforced).length, 1);
      assert.equal(state?.claim, undefined);
    }, slow);
  });
});
