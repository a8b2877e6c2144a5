/** Rows of the sweep handler: how large its bundle is, and how long it takes to import. */
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import * as v from "valibot";
import { pathOf, runChild } from "./children.ts";
import { compile, policyText } from "./sweep/ports.ts";
import { fixed, median, type Row } from "./table.ts";

const REPETITIONS = 21;
const MOST_BYTES = 1_250_000;
const MOST_RATIO = 2.5;
const TIMEOUT_MS = 30_000;

/** What only a laptop or a test needs. */
const BANNED = [
  "yaml",
  "commander",
  "cli-progress",
  "dynalite",
  "fauxqs",
  "@aws/durable-execution-sdk-js-testing",
  "hono",
  "esbuild",
];

/** CommonJS packages in an ES module still ask for `require`; the deployment adds the same line. */
const BANNER = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/** The floor: a handler that loads nothing but the DynamoDB client. */
const FLOOR = `import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
const client = new DynamoDBClient({});
export const handler = (event) => client.send(new GetItemCommand(event));`;

const TIMER =
  "const started = performance.now(); await import(process.argv[1]); console.log(performance.now() - started);";

export async function measureBundle(): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), "mfa-warden-bench-"));
  try {
    const floor = join(folder, "floor.mjs");
    const handler = join(folder, "sweep.mjs");
    await bundle({ stdin: { contents: FLOOR, resolveDir: pathOf(".") } }, floor);
    const metafile = await bundle({ entryPoints: [pathOf("functions/sweep.ts")] }, handler);
    const { size } = await stat(handler);
    const times = await importTimes(floor, handler, await environment(folder));
    return [sizeRow(metafile, size), importRow(times)];
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** As SST bundles a handler. */
async function bundle(source: Parameters<typeof build>[0], outfile: string): Promise<Metafile> {
  const { metafile } = await build({
    ...source,
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2024",
    mainFields: ["module", "main"],
    minify: true,
    keepNames: true,
    banner: { js: BANNER },
    metafile: true,
    logLevel: "error",
  });
  return metafile;
}

/** What a deployed function finds in its environment; nothing is called. */
async function environment(folder: string): Promise<NodeJS.ProcessEnv> {
  const nowhere = "http://127.0.0.1:9";
  const policy = compile(
    policyText({ environment: "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6", endpoints: { api: nowhere, auth: nowhere } }),
  );
  const file = join(folder, "policy.json");
  await writeFile(file, JSON.stringify(policy));
  const names = { BUCKET: "bench", SIGNING_KEY: "key", SECRETS: "bench/", CODE: "bench", TABLE: "bench", POLICY: file };
  const own = Object.entries(names).map(([name, value]) => [`MFA_WARDEN_${name}`, value]);
  return {
    ...Object.fromEntries(own),
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
  };
}

interface Times {
  readonly floor: number[];
  readonly handler: number[];
}

/** Milliseconds, each import in a process of its own, in turn. */
async function importTimes(floor: string, handler: string, env: NodeJS.ProcessEnv): Promise<Times> {
  const time = async (file: string) =>
    v.parse(v.number(), await runChild(["--input-type=module", "-e", TIMER, file], { env, timeout: TIMEOUT_MS }));
  const times: Times = { floor: [], handler: [] };
  await time(floor);
  await time(handler);
  for (let i = 0; i < REPETITIONS; i++) {
    times.floor.push(await time(floor));
    times.handler.push(await time(handler));
  }
  return times;
}

function sizeRow({ inputs, outputs }: Metafile, size: number): Row {
  const parts = bytesByPackage(outputs);
  const banned = BANNED.filter((name) => Object.keys(inputs).some((path) => path.includes(`node_modules/${name}/`)));
  const top = parts.slice(0, 6).map(([name, bytes]) => `${name} ${Math.round(bytes / 1000)} kB`);
  const strangers = banned.length > 0 ? `; must not be in it: ${banned.join(", ")}` : "";
  return {
    what: "sweep handler, minified bundle",
    target: `≤ ${fixed(MOST_BYTES / 1e6)} MB, nothing of a laptop's`,
    measured: `${fixed(size / 1e6)} MB${strangers}`,
    met: size <= MOST_BYTES && banned.length === 0,
    note: top.join(", "),
    figures: { bytes: size, banned, packages: Object.fromEntries(parts) },
  };
}

/** Largest first. */
function bytesByPackage(outputs: Metafile["outputs"]): [string, number][] {
  const sums = new Map<string, number>();
  for (const { inputs } of Object.values(outputs))
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const name = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? "mfa-warden";
      sums.set(name, (sums.get(name) ?? 0) + bytesInOutput);
    }
  return [...sums].sort(([, a], [, b]) => b - a);
}

function importRow({ floor, handler }: Times): Row {
  const ratio = median(handler) / median(floor);
  return {
    what: "sweep handler, import ÷ floor",
    target: `≤ ${MOST_RATIO} ×`,
    measured: `${fixed(ratio)} × (${fixed(median(handler), 0)} ms)`,
    met: ratio <= MOST_RATIO,
    note: `floor ${fixed(median(floor), 0)} ms: a handler with the DynamoDB client alone, bundled alike; median of ${REPETITIONS} in turn`,
    figures: { floorMs: floor, handlerMs: handler },
  };
}
