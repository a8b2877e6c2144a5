/** Who may import whom, read from the source itself. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["lib", "functions", "cli", "simulators", "bench", "test", "docs", ".ci"];

/** Every file of a folder, as a path from the root of the project. */
const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath.slice(ROOT.length), entry.name));

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

interface Import {
  /** A path from the root of the project, or the name of a package or built-in module. */
  readonly of: string;
  /** Gone when it runs. */
  readonly typeOnly: boolean;
}

const STATEMENT = /^(?:import|export)\s+(type\s)?(?:[\w*{][^;"]*?\sfrom\s+)?"([^"]+)"/gm;
const DYNAMIC = /(typeof )?\bimport\(\s*"([^"]+)"/g;

function importsOf(file: string): Import[] {
  const source = read(file);
  return [STATEMENT, DYNAMIC]
    .flatMap((pattern) => [...source.matchAll(pattern)])
    .map(([, type, of = ""]) => ({ of: resolve(file, of), typeOnly: type !== undefined }));
}

const resolve = (file: string, of: string) => (of.startsWith(".") ? posix.join(posix.dirname(file), of) : of);

const sources = ["lib", "functions", "cli", "simulators"].flatMap(filesIn).filter((file) => /(?<!\.d)\.ts$/.test(file));
const graph = new Map(sources.map((file) => [file, importsOf(file)]));
const lib = sources.filter((file) => file.startsWith("lib/"));

const isOurs = (of: string) => of.includes("/") && sources.includes(of);
const packageOf = (of: string) => of.split("/", of.startsWith("@") ? 2 : 1).join("/");

/** What a file imports against `allowed`, as `file -> import`. */
function offences(files: readonly string[], allowed: (of: string, file: string) => boolean): string[] {
  const bad = (file: string) => (graph.get(file) ?? []).filter(({ of }) => !allowed(of, file));
  return files.flatMap((file) => bad(file).map(({ of }) => `${file} -> ${of}`));
}

/** Everything that is loaded when `start` is. */
function reach(start: string, seen = new Set<string>()): Set<string> {
  if (seen.has(start)) return seen;
  seen.add(start);
  for (const { of, typeOnly } of graph.get(start) ?? []) if (!typeOnly) reach(of, seen);
  return seen;
}

describe("imports", () => {
  test("are all seen by this test", () => {
    assert.ok(lib.length > 40);
    for (const [file, imports] of graph) {
      const lost = imports.filter(({ of }) => of.endsWith(".ts") && !isOurs(of));
      assert.deepEqual(lost, [], `${file} imports what is not there`);
    }
    const words = sources.flatMap((file) => read(file).match(/^import\s/gm) ?? []).length;
    const found = [...graph.keys()].flatMap((file) => [...read(file).matchAll(STATEMENT)]).length;
    assert.ok(found >= words, `${words} import statements, and only ${found} of them were understood`);
  });

  test("the model and the errors rest on nothing", () => {
    assert.deepEqual(
      offences(["lib/model/index.ts", "lib/errors.ts"], () => false),
      [],
    );
  });

  test("a directory knows its vendor, the vocabulary, and how to call; nothing else", () => {
    const ground = ["lib/model/index.ts", "lib/errors.ts", "lib/concurrency.ts"];
    const packages = ["valibot", "oauth4webapi", "otpauth", "node:crypto", "node:timers/promises"];
    const vendors = lib.filter((file) => file.startsWith("lib/directories/") && file !== "lib/directories/index.ts");
    const vendorOf = (file: string) => file.split("/")[2];
    const own = (of: string, file: string) =>
      of === "lib/directories/vendor.ts" || (of.startsWith("lib/directories/") && vendorOf(of) === vendorOf(file));
    assert.deepEqual(
      offences(
        vendors,
        (of, file) => [...ground, ...packages].includes(of) || of.startsWith("lib/http/") || own(of, file),
      ),
      [],
    );
  });

  test("what directories call with knows no vendor, no policy and no AWS", () => {
    const files = lib.filter((file) => file.startsWith("lib/http/"));
    const allowed = [...files, "lib/model/index.ts", "lib/errors.ts", "lib/concurrency.ts", "valibot", "oauth4webapi"];
    assert.deepEqual(
      offences(files, (of) => allowed.includes(of) || of.startsWith("node:")),
      [],
    );
  });

  test("within the product only the registry names a vendor", () => {
    const others = lib.filter((file) => !file.startsWith("lib/directories/"));
    assert.deepEqual(
      offences(others, (of) => !of.startsWith("lib/directories/")),
      [],
    );
  });

  test("only the ledger, the evidence, the secrets, the event queue, the bus and the signing key, which are kept there, know AWS's clients", () => {
    const knowing = /^lib\/((ledger|aws)\/.*|evidence\/page-file\.ts)$/;
    const others = sources.filter((file) => !knowing.test(file));
    assert.deepEqual(
      offences(others, (of) => !of.startsWith("@aws-sdk/")),
      [],
    );
  });

  test("the policy is judged without a ledger, a network or a file", () => {
    const files = lib.filter((file) => /^lib\/policy(-file)?\//.test(file));
    const allowed = ["lib/model/index.ts", "lib/errors.ts", "valibot", "yaml", "node:crypto"];
    assert.deepEqual(
      offences(files, (of) => allowed.includes(of) || /^lib\/policy(-file)?\//.test(of)),
      [],
    );
  });

  test("point one way: the product knows neither command line, nor deployment, nor simulator", () => {
    const outside = /^(cli|functions|simulators|bench|test)\/|^(node:process|process)$/;
    assert.deepEqual(
      offences(lib, (of) => !outside.test(of)),
      [],
    );
    const functions = sources.filter((file) => file.startsWith("functions/"));
    assert.deepEqual(
      offences(functions, (of) => !/^(cli|simulators|bench|test)\//.test(of)),
      [],
    );
  });

  test("a simulator shares nothing with what it is to test", () => {
    const simulators = sources.filter((file) => file.startsWith("simulators/"));
    assert.deepEqual(
      offences(simulators, (of) => of.startsWith("simulators/") || of.startsWith("node:")),
      [],
    );
  });

  test("nothing of the laptop is loaded by a Lambda handler", () => {
    const vendors = ["oauth4webapi", "otpauth"];
    const cloud = ["@aws-sdk", "@aws/durable-execution-sdk-js", "@middy/core", "ulid", "valibot", ...vendors];
    for (const handler of ["functions/run.ts", "functions/sweep.ts"]) {
      const loaded = [...reach(handler)].filter((of) => !isOurs(of) && !of.startsWith("node:"));
      const foreign = loaded
        .map(packageOf)
        .filter((name) => !cloud.some((one) => name === one || name.startsWith(`${one}/`)));
      assert.deepEqual(foreign, []);
      assert.ok(!reach(handler).has("lib/policy-file/index.ts"));
      assert.ok(
        reach(handler).has("lib/directories/pingone/index.ts"),
        "the graph does not reach what the handler needs",
      );
    }
  });

  test("taking a webhook waits for no client that it does not use", () => {
    const loaded = [...reach("functions/webhook.ts")];
    const heavy = /^(@aws-sdk\/(client-dynamodb|lib-dynamodb|client-s3)|@aws\/.*|yaml)$|^cli\//;
    assert.deepEqual(
      loaded.filter((of) => heavy.test(of)),
      [],
    );
    assert.ok(loaded.includes("lib/aws/queue.ts"), "the graph does not reach what the handler needs");
  });

  test("never go round in a circle", () => {
    const round = lib.filter((file) => {
      const next = (graph.get(file) ?? []).filter(({ typeOnly, of }) => !typeOnly && isOurs(of));
      return next.some(({ of }) => reach(of).has(file));
    });
    assert.deepEqual(round, []);
  });
});

describe("the product", () => {
  const code = (file: string) => read(file).replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
  const saying = (pattern: RegExp) => lib.filter((file) => pattern.test(code(file)));

  test("gets its clock, its environment and its output from outside", () => {
    assert.deepEqual(saying(/\bprocess\b/), []);
    assert.deepEqual(saying(/\bDate\.now\b|\bnew Date\(\)/), []);
    assert.deepEqual(saying(/\bconsole\.[a-z]+\(/), []);
  });

  test("does nothing by being imported", async () => {
    const traces = () => ({
      resources: process.getActiveResourcesInfo(),
      listeners: process.eventNames(),
      // AWS's clients leave this one.
      globals: Object.keys(globalThis).filter((name) => name !== "awslambda"),
    });
    const before = traces();
    for (const file of lib) await import(pathToFileURL(join(ROOT, file)).href);
    assert.deepEqual(traces(), before);
  });

  test("refers to no paper that is not part of it", () => {
    const papers = new RegExp(
      `(?<![\\w-])(${["design", "style", "field", "rooms", "names", "infra-offline"].map((name) => `${name}\\.md`).join("|")})`,
    );
    const rootFiles = readdirSync(ROOT, { withFileTypes: true }).filter(
      (entry) => entry.isFile() && /\.(md|json|ts)$/.test(entry.name),
    );
    const files = [...FOLDERS.flatMap(filesIn), ...rootFiles.map(({ name }) => name)];
    const own = "test/architecture.test.ts";
    assert.deepEqual(
      files.filter((file) => file !== own && papers.test(read(file))),
      [],
    );
  });
});
