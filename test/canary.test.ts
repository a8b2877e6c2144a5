/** No secret comes out anywhere: every secret of every vendor holds a canary, everything fails in every way, all of it is searched. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { gunzipSync } from "node:zlib";
import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { ulid } from "ulid";
import { fileSigner } from "../cli/state/file-signer.ts";
import { joinStack } from "../cli/state/stack.ts";
import { STACK } from "../cli/state/stack-description.ts";
import { opener } from "../functions/compose-ports.ts";
import { s3Evidence } from "../lib/aws/bucket.ts";
import { openDirectory } from "../lib/directories/index.ts";
import { documentClient, dynamoLedger } from "../lib/ledger/index.ts";
import { hashPolicy } from "../lib/policy/schema.ts";
import { warden } from "./cli/workspace.ts";
import { fixtures } from "./directories/fixtures.ts";
import { CANARY, type Tenant } from "./directories/tenant.ts";
import { runHere } from "./shared-engine.ts";
import { compile } from "./world.ts";

const SUBJECTS = 6;
const RULES = `rules: [{ name: everyone, match: all, require: enabled, withoutDevice: enforce }]
limits: { changesPerRun: { count: 500, percent: 100 } }
`;
/** A base64 or URL form of it is the secret, too. */
const FORMS = [CANARY, Buffer.from(CANARY).toString("base64").replace(/=+$/, ""), encodeURIComponent(CANARY)];

let folder: string;
let tenants: { readonly id: string; readonly vendor: string; readonly tenant: Tenant }[];

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "warden-canary-"));
  // One that works, and one for every way of failing.
  const cases = Object.entries(fixtures).flatMap(([vendor, { faults }]) =>
    ["well", ...faults].map((fault) => ({ vendor, fault, id: `${vendor}-${fault}`.toLowerCase() })),
  );
  tenants = await Promise.all(
    cases.map(async ({ vendor, fault, id }) => {
      const tenant = await (fixtures[vendor] ?? assert.fail()).start(SUBJECTS);
      if (fault !== "well") tenant.fail(fault);
      return { id, vendor, tenant };
    }),
  );
  const secrets = tenants.map(({ id, tenant }) => [id, { ...tenant.secret, hooks: [`${CANARY}-hook-credential`] }]);
  writeFileSync(join(folder, "secrets.json"), JSON.stringify(Object.fromEntries(secrets)), { mode: 0o600 });
  writeFileSync(
    join(folder, "policy.yaml"),
    policyOf(() => true),
  );
  writeFileSync(
    join(folder, "well.yaml"),
    policyOf(({ id }) => id.endsWith("-well")),
  );
});

after(async () => {
  await Promise.all(tenants.map(({ tenant }) => tenant.close()));
  await (await joinStack(join(folder, "state"), AbortSignal.timeout(10_000))).stop();
  rmSync(folder, { recursive: true, force: true });
});

function policyOf(keep: (one: { readonly id: string }) => boolean): string {
  const entries = tenants.filter(keep).map(({ id, vendor, tenant }) => {
    const settings = typeof tenant.settings === "object" ? tenant.settings : {};
    return `  - ${JSON.stringify({ id, vendor, mode: "enforce", ...settings })}\n`;
  });
  return `version: 1\ndirectories:\n${entries.join("")}${RULES}`;
}

const common = ["--secrets", "secrets.json", "--state", "state", "--debug"];

function search(where: string, text: string): void {
  for (const form of FORMS) {
    const at = text.indexOf(form);
    assert.equal(at, -1, `${where} holds a secret: …${text.slice(Math.max(0, at - 200), at)}`);
  }
}

test("the canary is where it should be, or none of this shows anything", () => {
  for (const { id, tenant } of tenants) assert.ok(JSON.stringify(tenant.secret).includes(CANARY), id);
});

test("no command says a secret", { timeout: 120_000 }, async () => {
  const [first = assert.fail()] = tenants;
  const account = `${first.id}/${first.tenant.off}`;
  const commands = [
    ["doctor", "--thorough", "--policy", "well.yaml", ...common],
    ["sweep", "--policy", "well.yaml", ...common],
    ["sweep", "--mode", "enforce", "--policy", "well.yaml", "--json", ...common],
    ["explain", account, "--policy", "well.yaml", ...common],
    ["history", account, "--policy", "well.yaml", ...common],
    ["status", "--all", "--state", "state", "--debug"],
    ["try", "well.yaml", "--state", "state", "--debug"],
    ["report", "--format", "csv,jsonl,ocsf,oscal,junit,sarif", "--out", "out", "--state", "state", "--debug"],
  ];
  for (const command of commands) {
    const { code, stdout, stderr } = await warden(folder, ...command);
    assert.ok(code === 0 || code === 1 || (command[0] === "doctor" && code === 3), `${command[0]}: ${code} ${stderr}`);
    search(command.join(" "), stdout + stderr);
  }
  for (const file of readdirSync(join(folder, "out"))) search(file, readFileSync(join(folder, "out", file), "utf8"));
});

test("no doctor says one, whatever is wrong with the vendor", { timeout: 120_000 }, async () => {
  const said = await Promise.all(
    tenants.map(async ({ id, vendor, tenant: { settings, secret } }) => {
      const needs = { id, settings, secret, secretVersion: "1", fetch, clock: Date.now };
      const directory = openDirectory(vendor, needs);
      return directory.check(AbortSignal.timeout(100_000), true).catch((error: unknown) => error);
    }),
  );
  for (const [i, checks] of said.entries()) search(`doctor of ${tenants[i]?.id}`, inspect(checks, { depth: 10 }));
  assert.ok(said.filter((checks) => /"failed"|'failed'/.test(inspect(checks))).length > tenants.length / 2);
});

test("no fault brings one into ledger, evidence, progress or problems", { timeout: 180_000 }, async () => {
  const { clients, table, bucket } = await joinStack(join(folder, "state"), AbortSignal.timeout(30_000));
  const client = documentClient(clients.dynamodb);
  const policy = compile(policyOf(() => true));
  const secrets = new Map(tenants.map(({ id, tenant }) => [id, tenant.secret]));
  const read = async (id: string) => ({ value: secrets.get(id), version: "1" });
  const said: string[] = [];
  const report = await runHere(
    {
      policy,
      policyHash: hashPolicy(policy),
      ledger: dynamoLedger({ client, table, clock: Date.now, ulid, leaseSeconds: 60 }),
      evidence: s3Evidence(clients.s3, bucket, "here"),
      open: opener(policy, { read }, fetch, Date.now),
      signer: fileSigner(join(folder, "state")),
      ...{ clock: Date.now, ulid, code: "test", leaseSeconds: 60, readBackTimeoutMs: 200 },
      sleep: (ms, signal) => delay(ms, undefined, { signal }),
      onProgress: (news) => said.push(inspect(news)),
    },
    { mode: "enforce", origin: { by: "tester", how: "canary.test.ts" } },
  );
  assert.equal(report.directories.length, tenants.length);
  assert.ok(report.directories.filter(({ status }) => status !== "completed").length > tenants.length / 2);
  search("the run's report", inspect(report, { depth: 20, maxStringLength: null, maxArrayLength: null }));
  search("the progress", said.join("\n"));
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await client.send(
      new ScanCommand({ TableName: table, ...(ExclusiveStartKey ? { ExclusiveStartKey } : {}) }),
    );
    search("the ledger", JSON.stringify(page.Items));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  client.destroy();
  const evidence = join(folder, "state", STACK.bucket);
  const files = readdirSync(evidence, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  assert.ok(files.length > tenants.length);
  for (const { parentPath, name } of files) {
    const bytes = readFileSync(join(parentPath, name));
    search(name, (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8"));
  }
});
