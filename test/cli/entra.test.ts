/** What a person may rely on with an Entra tenant: doctor, explain, a sweep, and events by a subscription that is renewed. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { joinStack } from "../../cli/state/stack.ts";
import { type Entra, startEntra } from "../../simulators/entra/index.ts";
import { closeServer } from "../loopback.ts";
import { until } from "../processes.ts";
import { freePort, start } from "./server.ts";
import { warden } from "./workspace.ts";

const folder = mkdtempSync(join(tmpdir(), "warden-entra-"));
const run = (...args: string[]) => warden(folder, ...args);
let entra: Entra;
let id: string;

before(async () => {
  entra = await startEntra({ users: 20, limitsReports: false });
  id = entra.user(0).id;
  const methods = ["mobilePhone"];
  entra.change(id, {
    accountEnabled: true,
    userType: "Member",
    creationType: null,
    perUserMfaState: "enforced",
    methods,
  });
  const { tenant, endpoints, credentials } = entra;
  const directory = { id: "office", vendor: "entra", mode: "enforce", tenant, endpoints, perUserMfa: true };
  const policy = `version: 1\ndirectories: [${JSON.stringify(directory)}]\nrules: [{ name: everyone, match: all, require: enabled }]\n`;
  writeFileSync(join(folder, "policy.yaml"), policy);
  const secrets = { office: { ...credentials, hooks: ["a-hook-credential-of-many-characters"] } };
  writeFileSync(join(folder, "secrets.json"), JSON.stringify(secrets), { mode: 0o600 });
});
after(async () => {
  await (await joinStack(join(folder, ".mfa-warden"), AbortSignal.timeout(10_000))).stop();
  await entra.close();
  rmSync(folder, { recursive: true, force: true });
});

test("doctor tells of each permission, and explain of what a verdict rests on", async () => {
  const doctor = await run("doctor");
  assert.equal(doctor.code, 0, doctor.stdout);
  for (const check of ["count users", "read registered methods", "read per-user MFA", "change per-user MFA"])
    assert.match(doctor.stdout, new RegExp(`office +${check} +passed`));
  const explain = await run("explain", `office/${id}`);
  assert.equal(explain.code, 0, explain.stdout);
  assert.match(explain.stdout, /compliant/);
});

test("a sweep shows Conditional Access and security defaults beside the verdicts", async () => {
  const { directories } = JSON.parse((await run("sweep", "--json")).stdout);
  assert.equal(directories[0].status, "completed");
  assert.deepEqual(
    directories[0].facts.map(({ name, value }: { name: string; value: boolean }) => [name, value]),
    [
      ["securityDefaults", false],
      ["conditionalAccess", false],
    ],
  );
});

/** Answers Graph's question as `serve` does, before that runs. */
async function answerHandshake(port: number): Promise<Server> {
  const server = createServer((request, response) => {
    const token = new URL(`http://x${request.url}`).searchParams.get("validationToken");
    response.writeHead(200, { "content-type": "text/plain" }).end(token);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

test("who is disabled from outside is enforced again, by a subscription that serve renews when it starts", async () => {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const server = await answerHandshake(port);
  const missing = await run("doctor", "--setup-hooks", "--url", url);
  assert.match(missing.stdout, /webhook +failed +There is no subscription/);
  const made = await run("doctor", "--setup-hooks", "--url", url, "--yes");
  assert.equal(made.code, 0, made.stdout);
  await closeServer(server);
  const [subscription] = entra.subscriptions();
  assert.ok(subscription);
  const soon = new Date(Date.now() + 86_400_000).toISOString();
  subscription.expirationDateTime = soon;

  const serve = start(folder, "serve", "--port", String(port));
  await serve.line(new RegExp(`office \\(entra\\) +enforce +${url}/hooks/office`));
  await until(() => subscription.expirationDateTime !== soon, "the renewal");
  entra.change(id, { perUserMfaState: "disabled" });
  await serve.line(new RegExp(`^\\S+Z +office/${id} +enforced`));
  assert.equal(entra.find(id)?.perUserMfaState, "enforced");
  assert.equal(await serve.end(), 0);
});
