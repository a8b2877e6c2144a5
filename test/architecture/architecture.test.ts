/** What a newcomer can rely on: each room of the product has one door, and imports point one way, types included. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import manifest from "../../package.json" with { type: "json" };
import { PARTS, ROOMS } from "./rooms.ts";
import { drawRooms, MAP } from "./rooms-map.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FOLDERS = ["lib", "functions", "cli", "simulators", "bench", "infra", "test", "docs", ".ci"];

/** Every file of a folder, as a path from the root of the project. */
const filesIn = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => posix.join(entry.parentPath.slice(ROOT.length), entry.name));

const read = (file: string) => readFileSync(join(ROOT, file), "utf8");

interface Import {
  /** A path from the root of the project, or the name of a package or built-in module. */
  readonly target: string;
  /** It is gone when the program runs. */
  readonly typeOnly: boolean;
}

const STATEMENT = /^(?:import|export)\s+(type\s)?(?:[\w*{][^;"]*?\sfrom\s+)?"([^"]+)"/gm;
const DYNAMIC = /(typeof )?\bimport\(\s*"([^"]+)"/g;

function importsOf(file: string): Import[] {
  const source = read(file);
  return [STATEMENT, DYNAMIC]
    .flatMap((pattern) => [...source.matchAll(pattern)])
    .map(([, type, specifier = ""]) => ({ target: resolve(file, specifier), typeOnly: type !== undefined }));
}

const resolve = (file: string, specifier: string) =>
  specifier.startsWith(".") ? posix.join(posix.dirname(file), specifier) : specifier;

const sources = ["lib", "functions", "cli", "simulators", "bench"]
  .flatMap(filesIn)
  .filter((file) => /(?<!\.d)\.ts$/.test(file));
const graph = new Map(sources.map((file) => [file, importsOf(file)]));
const sourcesIn = (folder: string) => sources.filter((file) => file.startsWith(`${folder}/`));
const lib = sourcesIn("lib");

const isOurs = (target: string) => graph.has(target);
const packageOf = (target: string) => target.split("/", target.startsWith("@") ? 2 : 1).join("/");

/** The room of a file of lib: its folder, or its own name where it is one file. */
const roomOf = (file: string) => (file.split("/")[1] ?? "").replace(/\.ts$/, "");
/** `lib/<room>/index.ts` or `lib/<room>.ts`; in `aws/` every file is a door of its own. */
const isDoor = (file: string) => /^lib\/([^/]+|[^/]+\/index|aws\/[^/]+)\.ts$/.test(file);

/** `simulators/<vendor>/index.ts`; what the vendors share has no door. */
const isSimulatorDoor = (file: string) => /^simulators\/(?!shared\/)[^/]+\/index\.ts$/.test(file);

/** What these files import and may not, as `file -> import`. */
function offences(files: readonly string[], isAllowed: (target: string, file: string) => boolean): string[] {
  return files.flatMap((file) =>
    (graph.get(file) ?? importsOf(file))
      .filter(({ target }) => !isAllowed(target, file))
      .map(({ target }) => `${file} -> ${target}`),
  );
}

/** Everything that is loaded when `start` is; with `types` also what it only needs to be checked. */
function reach(start: string, types = false, seen = new Set<string>()): Set<string> {
  if (seen.has(start)) return seen;
  seen.add(start);
  for (const { target, typeOnly } of graph.get(start) ?? []) if (types || !typeOnly) reach(target, types, seen);
  return seen;
}

describe("the rooms of lib", () => {
  test("are all in the table, and each uses only rooms above it there", () => {
    assert.deepEqual([...new Set(lib.map(roomOf))].sort(), Object.keys(ROOMS).sort());
    const order = Object.keys(ROOMS);
    for (const [name, { uses }] of Object.entries(ROOMS))
      assert.deepEqual(
        uses.filter((used) => order.indexOf(used) >= order.indexOf(name)),
        [],
        `${name} uses a room that is not above it`,
      );
  });

  test("use each other as the table says, types included, and only through the door", () => {
    const isAllowed = (target: string, file: string) => {
      if (!target.startsWith("lib/")) return !isOurs(target);
      if (roomOf(target) === roomOf(file)) return true;
      return ROOMS[roomOf(file)]?.uses.includes(roomOf(target)) === true && isDoor(target);
    };
    assert.deepEqual(offences(lib, isAllowed), []);
  });

  test("that are divided use their parts as the table says, and only through a part's door", () => {
    const partOf = (file: string) => file.split("/").at(2) ?? "";
    for (const [room, parts] of Object.entries(PARTS)) {
      const files = sourcesIn(`lib/${room}`);
      const folders = files.filter((file) => file.split("/").length > 3).map(partOf);
      assert.deepEqual([...new Set(folders)].sort(), Object.keys(parts).sort());
      const isAllowed = (target: string, file: string) => {
        const uses = parts[partOf(file)];
        if (!target.startsWith(`lib/${room}/`) || (uses && partOf(target) === partOf(file))) return true;
        if (!(partOf(target) in parts)) return uses === undefined;
        return target === `lib/${room}/${partOf(target)}/index.ts` && (uses?.includes(partOf(target)) ?? true);
      };
      assert.deepEqual(offences(files, isAllowed), []);
      for (const part of Object.keys(parts)) assert.match(read(`lib/${room}/${part}/index.ts`), /^\/\*\*\s/);
    }
  });

  test("are entered from outside only through the door", () => {
    const outside = ["functions", "cli", "bench", "simulators"].flatMap(sourcesIn);
    assert.deepEqual(
      offences(outside, (target) => !target.startsWith("lib/") || isDoor(target)),
      [],
    );
  });

  test("say at the door what they are for", () => {
    for (const file of lib.filter(isDoor)) assert.match(read(file), /^\/\*\*\s/, `${file} begins without a sentence`);
  });

  test("import no package but those in the table", () => {
    const isAllowed = (target: string, file: string) =>
      target.startsWith("lib/") ||
      target.startsWith("node:") ||
      (ROOMS[roomOf(file)]?.packages ?? []).some((name) => `${target}/`.startsWith(`${name}/`));
    assert.deepEqual(offences(lib, isAllowed), []);
  });

  test("a vendor knows its own folder and what all vendors share, and no other vendor", () => {
    const vendorOf = (file: string) => file.split("/")[2];
    const registry = "lib/directories/index.ts";
    const isShared = (target: string) => posix.dirname(target) === "lib/directories" && target !== registry;
    const isAllowed = (target: string, file: string) =>
      !target.startsWith("lib/directories/") || isShared(target) || vendorOf(target) === vendorOf(file);
    const files = lib.filter((file) => file.startsWith("lib/directories/") && file !== registry);
    assert.deepEqual(offences(files, isAllowed), []);
  });
});

test("the map of the rooms shows the table as it is; `npm run map` draws it", () => {
  assert.equal(readFileSync(MAP, "utf8"), drawRooms());
});

describe("imports", () => {
  test("are all seen by this test", () => {
    assert.ok(lib.length > 40);
    for (const [file, imports] of graph) {
      const lost = imports.filter(({ target }) => target.endsWith(".ts") && !isOurs(target));
      assert.deepEqual(lost, [], `${file} imports what is not there`);
    }
    const words = sources.flatMap((file) => read(file).match(/^import\s/gm) ?? []).length;
    const found = [...graph.keys()].flatMap((file) => [...read(file).matchAll(STATEMENT)]).length;
    assert.ok(found >= words, `${words} import statements, and only ${found} of them were understood`);
  });

  test("only the ledger and the adapters know AWS's clients", () => {
    const others = sources.filter((file) => !/^lib\/(ledger|aws)\//.test(file));
    assert.deepEqual(
      offences(others, (target) => !target.startsWith("@aws-sdk/")),
      [],
    );
  });

  test("point one way: the product knows neither command line, nor deployment, nor simulator", () => {
    assert.deepEqual(
      offences(lib, (target) => !/^(node:)?process$/.test(target)),
      [],
    );
    assert.deepEqual(
      offences(sourcesIn("functions"), (target) => !/^(cli|simulators|bench|test)\//.test(target)),
      [],
    );
    assert.deepEqual(
      offences(sourcesIn("cli"), (target) => !/^(bench|test)\//.test(target)),
      [],
    );
  });

  test("a simulator shares nothing with what it is to test, nor with another vendor's", () => {
    const simulatorOf = (file: string) => file.split("/")[1];
    const isAllowed = (target: string, file: string) =>
      target.startsWith("node:") ||
      target.startsWith("simulators/shared/") ||
      (target.startsWith("simulators/") && simulatorOf(target) === simulatorOf(file));
    assert.deepEqual(offences(sourcesIn("simulators"), isAllowed), []);
  });

  test("a simulator is entered from outside only through its door", () => {
    const isAllowed = (target: string) => !target.startsWith("simulators/") || isSimulatorDoor(target);
    assert.deepEqual(offences(["cli", "bench"].flatMap(sourcesIn), isAllowed), []);
    const tests = filesIn("test").filter((file) => file.endsWith(".ts"));
    const isAllowedInTests = (target: string) => isAllowed(target) || target.startsWith("simulators/shared/");
    assert.deepEqual(offences(tests, isAllowedInTests), []);
  });

  test("nothing of the laptop is loaded by a Lambda handler", () => {
    const vendors = ["otpauth"];
    const functions = ["@aws/durable-execution-sdk-js", "@middy/core", "@aws-lambda-powertools/metrics"];
    const cloud = ["@aws-sdk", ...functions, "ulid", "valibot", ...vendors];
    for (const handler of ["functions/run.ts", "functions/sweep.ts"]) {
      const loaded = [...reach(handler)].filter((target) => !isOurs(target) && !target.startsWith("node:"));
      const foreign = loaded
        .map(packageOf)
        .filter((name) => !cloud.some((allowed) => name === allowed || name.startsWith(`${allowed}/`)));
      assert.deepEqual(foreign, []);
      assert.ok(!reach(handler).has("lib/policy-file/index.ts"));
      const directory = "lib/directories/pingone/index.ts";
      assert.ok(reach(handler).has(directory), "the graph does not reach what the handler needs");
    }
  });

  test("taking a webhook waits for no client that it does not use", () => {
    const loaded = [...reach("functions/webhook.ts")];
    const heavy = /^(@aws-sdk\/(client-dynamodb|lib-dynamodb|client-s3)|@aws\/.*|yaml)$|^cli\//;
    assert.deepEqual(
      loaded.filter((target) => heavy.test(target)),
      [],
    );
    assert.ok(loaded.includes("lib/aws/queue.ts"), "the graph does not reach what the handler needs");
  });

  test("of the command line name each package that is installed with it, and no other", () => {
    const simulators = sources.filter(isSimulatorDoor);
    const loaded = ["cli/launch.ts", "cli/state/stack-process.ts", ...simulators].flatMap((start) => [...reach(start)]);
    const packages = loaded.filter((target) => !isOurs(target) && !/^node:|\.(json|mjs)$/.test(target)).map(packageOf);
    // The local engine and middy ask for it and do not bring it.
    const asked = ["@aws/durable-execution-sdk-js"];
    assert.deepEqual([...new Set([...packages, ...asked])].sort(), Object.keys(manifest.dependencies).sort());
  });

  test("never go round in a circle, not for types either", () => {
    const circles = sources.filter((file) =>
      (graph.get(file) ?? []).some(({ target }) => isOurs(target) && reach(target, true).has(file)),
    );
    assert.deepEqual(circles, []);
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
    const own = "test/architecture/architecture.test.ts";
    assert.deepEqual(
      files.filter((file) => file !== own && papers.test(read(file))),
      [],
    );
  });
});
