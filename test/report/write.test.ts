/** A report of real sweeps over real servers: it says what the runs came to, and refuses whatever is not whole. */
import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { after, before, beforeEach, describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { s3Bucket } from "../../lib/aws/bucket.ts";
import { WardenError } from "../../lib/errors.ts";
import { VERDICTS } from "../../lib/model/index.ts";
import { type Format, gatherRun, type ReportPorts, type ReportRow } from "../../lib/report/data/index.ts";
import { DIFFERENCE_FILE, formats } from "../../lib/report/formats/index.ts";
import { bucketStore, reportFolder, type StoreFile, writeReport } from "../../lib/report/index.ts";
import { startWorld, type World } from "../world.ts";

const credentials = { accessKeyId: "local", secretAccessKey: "local" };
const signal = AbortSignal.timeout(60_000);
let world: World;
let ports: ReportPorts;
before(async () => {
  world = await startWorld({ accounts: 60, pageSize: 10, mfaEnabledShare: 0.7 });
  ports = { ledger: world.ledger, evidence: world.evidence, clock: Date.now };
});
after(() => world.close());
beforeEach(() => world.vendor.clearFaults());

/** Files in memory; one that failed on the way is not there. */
function memoryStore() {
  const files = new Map<string, string>();
  const store: StoreFile = async (file, _, body) => {
    files.set(file, (await buffer(body)).toString());
  };
  return { files, store };
}

async function rowsOf(run: string): Promise<ReportRow[]> {
  return (await Array.fromAsync((await gatherRun(ports, run)).rows(signal))).flat();
}

function countsOf(rows: readonly ReportRow[], field: "verdict" | "read"): Record<string, number> {
  return Object.fromEntries(VERDICTS.map((one) => [one, rows.filter((row) => row[field] === one).length]));
}

async function write(run?: string, wanted: readonly Format[] = formats, over = ports) {
  const { files, store } = memoryStore();
  const written = await writeReport(over, { run, prepare: () => ({ formats: wanted, store }) }, signal);
  return { written, files };
}

const refuses = (code: string, says: RegExp) => (error: unknown) =>
  error instanceof WardenError && error.code === code && says.test(error.message);

/** The evidence with some of its files changed or taken away. */
const tampered = (change: (key: string, bytes: Uint8Array) => Uint8Array | undefined): ReportPorts => ({
  ...ports,
  evidence: {
    ...world.evidence,
    async get(key) {
      const bytes = change(key, await world.evidence.get(key));
      if (bytes) return bytes;
      throw new WardenError(
        "ERR_EVIDENCE_UNAVAILABLE",
        `The evidence file ${key} could not be written or read (NoSuchKey).`,
      );
    },
  },
});

describe("a report", () => {
  test("of an enforcing run has everybody once, before and after, as the ledger has counted them", async () => {
    const { run, only } = await world.sweep("enforce");
    const rows = await rowsOf(run);
    assert.equal(new Set(rows.map(({ id }) => id)).size, rows.length);
    assert.deepEqual(countsOf(rows, "read"), only.verdicts);
    assert.deepEqual(countsOf(rows, "verdict"), only.after);
    const enforced = rows.filter(({ outcome }) => outcome === "enforced");
    assert.equal(enforced.length, only.changes.enforced);
    assert.ok(enforced.length > 0);
    for (const { facts, factsAfter, read, verdict } of enforced)
      assert.deepEqual([read, facts.enabled, verdict, factsAfter?.enabled], ["violating", false, "compliant", true]);

    const { written, files } = await write(run);
    assert.equal(written.rows, 60);
    assert.deepEqual([...files.keys()].toSorted(), [...written.files].toSorted());
    assert.match(files.get("report.html") ?? "", new RegExp(`<title>MFA audit report, run ${run}</title>`));
    assert.equal(files.get("population.csv")?.trimEnd().split("\r\n").length, 61);
  });

  test("is of the last run unless another is named, and keeps saying of an old one what it said", async () => {
    const first = (await world.sweep("enforce")).run;
    const before = await rowsOf(first);
    const changed = before.find(({ verdict }) => verdict === "compliant");
    world.vendor.change(changed?.id ?? "", { mfaEnabled: false });
    const second = (await world.sweep("enforce")).run;
    assert.equal((await gatherRun(ports)).head.run, second);
    assert.equal((await gatherRun(ports)).trend.at(-1)?.run, second);
    assert.deepEqual(await rowsOf(first), before);
  });

  test("goes by the signed change log, whatever the ledger says of a change by now", async () => {
    const { id } = world.vendor.account(3);
    world.vendor.change(id, { mfaEnabled: false, enabled: true, devices: [] });
    const { run, only } = await world.sweep("enforce");
    const honest = await rowsOf(run);
    assert.ok(only.changes["needs-user"] > 0);
    const forged: typeof ports.ledger = {
      ...world.ledger,
      async *listChanges(...query) {
        for await (const page of world.ledger.listChanges(...query))
          yield page.map(({ foreseen: _, ...change }) => ({ ...change, outcome: "enforced" as const, why: "forged" }));
      },
    };
    const gathered = await gatherRun({ ...ports, ledger: forged }, run);
    assert.deepEqual((await Array.fromAsync(gathered.rows(signal))).flat(), honest);
  });

  test("of a run that is recorded as completed says what its directories do not bear out", async () => {
    const { run } = await world.sweep("plan");
    const known = await world.ledger.readRun(run);
    assert.ok(known);
    const from = async (directories: typeof known.directories) =>
      (
        await gatherRun(
          { ...ports, ledger: { ...world.ledger, readRun: async () => ({ ...known, directories }) } },
          run,
        )
      ).head;
    assert.deepEqual((await from(known.directories)).incomplete, []);
    assert.deepEqual(
      (await from([])).incomplete.map(({ code, directory }) => [code, directory]),
      [["ERR_RUN_DIED", "workforce"]],
    );
    const failed = known.directories.map((record) => ({ ...record, status: "failed" as const }));
    assert.equal((await from(failed)).incomplete[0]?.directory, "workforce");
  });

  test("counts who was listed twice once", async () => {
    world.vendor.setFault({ kind: "duplicate-user", on: "users", nth: 2, times: 1 });
    const { run, only } = await world.sweep("plan");
    assert.ok((only.duplicates ?? 0) > 0);
    const rows = await rowsOf(run);
    assert.equal(rows.length, only.read);
    assert.deepEqual(countsOf(rows, "read"), only.verdicts);
  });

  test("names who is gone", async () => {
    await world.sweep("plan");
    const { id, username } = world.vendor.account(7);
    world.vendor.leave(id);
    const { run } = await world.sweep("plan");
    const page = (await write(run)).files.get("report.html") ?? "";
    assert.match(page, /1 account: 1 confirmed one by one, 0 not listed any more/);
    // An address may break before its @.
    assert.ok(page.replaceAll("<wbr>", "").includes(`<bdi>${username}</bdi>`));
  });

  test("says what changed since the run before in a file and on the page, the same in both", async () => {
    const was = (await world.sweep("enforce")).run;
    const [relapsed, corrected] = [11, 12].map((index) => world.vendor.account(index).id);
    world.vendor.change(relapsed ?? "", { enabled: true, mfaEnabled: false });
    world.vendor.change(corrected ?? "", { enabled: true, mfaEnabled: false });
    const { run } = await world.sweep("plan");
    const { written, files } = await write(run);
    const said = JSON.parse(files.get(DIFFERENCE_FILE) ?? "");
    assert.equal(said.comparedWith[0].run, was);
    const named = said.violating.first.map(({ id }: { id: string }) => id);
    assert.deepEqual([said.violating.count, named.toSorted()], [2, [relapsed, corrected].toSorted()]);
    assert.ok(written.comparison && "difference" in written.comparison);
    const part = /id="difference"[\s\S]*?<\/section>/.exec(files.get("report.html") ?? "")?.[0] ?? "";
    for (const id of named) assert.ok(part.includes(id));
    world.vendor.change(corrected ?? "", { mfaEnabled: true });
    const next = JSON.parse((await write((await world.sweep("enforce")).run)).files.get(DIFFERENCE_FILE) ?? "");
    const by = Object.fromEntries(next.fixed.first.map((one: { id: string; by: string }) => [one.id, one.by]));
    assert.deepEqual([by[relapsed ?? ""], by[corrected ?? ""]], ["us", "themselves"]);
  });

  test("of a day is of no run: nothing is compared, and the head of every file says on what it rests", async () => {
    const { run } = await world.sweep("plan");
    const { files, store } = memoryStore();
    const day = new Date().toISOString().slice(0, 10);
    const written = await writeReport(ports, { asOf: day, prepare: () => ({ formats, store }) }, signal);
    assert.deepEqual([written.head.day, written.comparison, files.has(DIFFERENCE_FILE)], [day, undefined, false]);
    assert.match(written.head.basis?.join() ?? "", new RegExp(`rests on run ${run}, .*less than an hour old`));
    for (const [file, text] of files) assert.ok(text.slice(0, 20_000).includes(run), file);
    const { head } = await writeReport(ports, { run, prepare: () => ({ formats, store }) }, signal);
    assert.deepEqual([head.day, head.asOf, head.basis], [undefined, undefined, undefined]);
  });

  test("of a run that broke off says so first in everything that is made of it", async () => {
    world.vendor.setFault({ kind: "duplicate-page", on: "users", nth: 3 });
    const { run, status } = await world.sweep("enforce");
    assert.notEqual(status, "completed");
    const { written, files } = await write(run);
    assert.ok(written.head.incomplete.length > 0);
    for (const [file, text] of files) assert.match(text.slice(0, 3_000), /incomplete|INCOMPLETE/, file);
    assert.match(
      files.get("report.html") ?? "",
      /<h1[^>]*><span class="say">(Nobody can say\.|No, as far as was read\.)/,
    );
  });

  test("says which directories of the policy the run left out", async () => {
    const { run } = await world.sweep("plan");
    const policy = { ...world.ports().policy, directories: [...world.ports().policy.directories] };
    assert.deepEqual((await gatherRun(ports, run)).head.incomplete, []);
    assert.deepEqual(
      (await gatherRun(ports, run)).policy?.directories.map(({ id }) => id),
      policy.directories.map(({ id }) => id),
    );
    const known = await world.ledger.readRun(run);
    const ledger = {
      ...world.ledger,
      readRun: async () => known && { ...known, run: { ...known.run, directories: [] }, directories: [] },
    };
    const { incomplete } = (await gatherRun({ ...ports, ledger }, run)).head;
    assert.deepEqual(
      incomplete.map(({ code, directory }) => [code, directory]),
      [["ERR_REPORT_PARTIAL", "workforce"]],
    );
  });
});

describe("a report is refused, and nothing that looks like one is left,", () => {
  test("of a run that is not there, and of a ledger without runs", async () => {
    await assert.rejects(gatherRun(ports, "01NEVER"), refuses("ERR_RUN_UNKNOWN", /01NEVER/));
    const ledger = { ...world.ledger, listRuns: async () => [] };
    await assert.rejects(gatherRun({ ...ports, ledger }), refuses("ERR_RUN_UNKNOWN", /no run yet/));
  });

  const alterations: [string, (key: string, bytes: Uint8Array) => Uint8Array | undefined, string, RegExp][] = [
    [
      "when a page is missing",
      (key, bytes) => (/page-00000-00003/.test(key) ? undefined : bytes),
      "ERR_EVIDENCE_UNAVAILABLE",
      /page-00000-00003/,
    ],
    [
      "when a page was altered",
      (key, bytes) => (/page-00000-00003/.test(key) ? gzipSync("{}\n") : bytes),
      "ERR_EVIDENCE_ALTERED",
      /page-00000-00003/,
    ],
    [
      "when a manifest was half written",
      (key, bytes) => (/manifest\.json$/.test(key) ? bytes.subarray(0, 300) : bytes),
      "ERR_EVIDENCE_ALTERED",
      /manifest/,
    ],
    [
      "when a manifest is missing",
      (key, bytes) => (/manifest\.json$/.test(key) ? undefined : bytes),
      "ERR_EVIDENCE_UNAVAILABLE",
      /manifest/,
    ],
    [
      "when the policy was altered",
      (key, bytes) => (/^policies\//.test(key) ? Buffer.from("{}") : bytes),
      "ERR_EVIDENCE_ALTERED",
      /policies/,
    ],
  ];
  for (const [name, change, code, says] of alterations)
    test(name, async () => {
      const { run } = await world.sweep("plan");
      const { files, store } = memoryStore();
      const writing = writeReport(tampered(change), { run, prepare: () => ({ formats, store }) }, signal);
      await assert.rejects(writing, refuses(code, says));
      assert.deepEqual([...files.keys()], []);
    });

  test("when the store fails", async () => {
    const { run } = await world.sweep("plan");
    const full: StoreFile = async () => {
      throw new WardenError("ERR_EVIDENCE_UNAVAILABLE", "The disk is full.");
    };
    const writing = writeReport(ports, { run, prepare: () => ({ formats, store: full }) }, signal);
    await assert.rejects(writing, refuses("ERR_EVIDENCE_UNAVAILABLE", /full/));
  });
});

test("a policy that was not kept is said, and is no crash", async () => {
  const { run } = await world.sweep("plan");
  const gone = tampered((key, bytes) => (/^policies\//.test(key) ? undefined : bytes));
  const page = (await write(run, [], gone)).files.get("report.html") ?? "";
  assert.match(page, /The policy of this run is not kept/);
});

test("a bucket gets a report beside the evidence, and hands out links to it", async () => {
  const { run } = await world.sweep("plan");
  const config = { endpoint: world.endpoints.s3, region: "us-east-1", credentials, forcePathStyle: true };
  const bucket = s3Bucket(config, world.bucket, "s3://evidence/");
  const store = bucketStore(bucket, run);
  const { files } = await writeReport(ports, { run, prepare: () => ({ formats, store }) }, signal);
  for (const file of files) assert.ok((await bucket.get(`${reportFolder(run)}${file}`)).byteLength > 0, file);
  const answer = await fetch(await bucket.link(`${reportFolder(run)}report.html`, 60));
  assert.match(await answer.text(), /<!doctype html>/);
  // As large as needs several parts, and cut off in the middle.
  const large = Buffer.alloc(1 << 20, "x");
  await bucket.stream("reports/large", repeated(large, 12), "text/plain");
  assert.equal((await bucket.get("reports/large")).byteLength, 12 << 20);
  const broken = bucket.stream("reports/broken", repeated(large, 12, true), "text/plain");
  await assert.rejects(broken, refuses("ERR_EVIDENCE_UNAVAILABLE", /reports\/broken/));
  await assert.rejects(bucket.get("reports/broken"), refuses("ERR_EVIDENCE_UNAVAILABLE", /reports\/broken/));
});

async function* repeated(chunk: Uint8Array, times: number, breaks = false): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < times; i++) {
    if (breaks && i === 8) throw new Error("it broke off");
    yield chunk;
  }
}
