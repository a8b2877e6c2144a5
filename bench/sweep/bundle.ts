/** Rows of the sweep handler's bundle: how large it is, and how long it takes to import. */
import { stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, build, type Metafile } from "esbuild";
import * as v from "valibot";
import { UNBUNDLED } from "../../functions/unbundled.ts";
import { fixed, median } from "../shared/figures.ts";
import { compilePolicy, policyText, UNREACHABLE_TENANT } from "../shared/policy.ts";
import { pathOf, runNode } from "../shared/processes.ts";
import { type Row, ratioRow } from "../shared/table.ts";
import { withTemporaryFolder } from "../shared/temporary-folder.ts";
import { sizeRow } from "./bundle-size.ts";

const REPETITIONS = 21;
const MAX_RATIO = 1.5;
const IMPORT_TIMEOUT_MS = 30_000;

/** CommonJS packages in an ES module still ask for `require`; the deployment adds the same line. */
const BANNER = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/** The floor: a handler that loads nothing but the DynamoDB client. */
const FLOOR_HANDLER = `import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
const client = new DynamoDBClient({});
export const handler = (event) => client.send(new GetItemCommand(event));`;

const TIME_IMPORT =
  "const started = performance.now(); await import(process.argv[1]); console.log(performance.now() - started);";

export const measureBundle = (): Promise<Row[]> =>
  withTemporaryFolder(async (folder) => {
    const floor = join(folder, "floor.mjs");
    const handler = join(folder, "sweep.mjs");
    await bundle({ stdin: { contents: FLOOR_HANDLER, resolveDir: pathOf(".") } }, floor);
    const metafile = await bundle({ entryPoints: [pathOf("functions/sweep.ts")] }, handler);
    const { size } = await stat(handler);
    const times = await timeImports(floor, handler, await makeEnvironment(folder));
    return [sizeRow(metafile, size), importRow(times)];
  });

/** As SST bundles a handler. */
async function bundle(source: BuildOptions, outfile: string): Promise<Metafile> {
  const { metafile } = await build({
    ...source,
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "es2024",
    mainFields: ["module", "main"],
    external: UNBUNDLED,
    minify: true,
    keepNames: true,
    banner: { js: BANNER },
    metafile: true,
    logLevel: "error",
  });
  return metafile;
}

/** What a deployed function finds in its environment; nothing is called. */
async function makeEnvironment(folder: string): Promise<NodeJS.ProcessEnv> {
  const policyFile = join(folder, "policy.json");
  await writeFile(policyFile, JSON.stringify(compilePolicy(policyText(UNREACHABLE_TENANT))));
  return {
    MFA_WARDEN_BUCKET: "bench",
    MFA_WARDEN_SIGNING_KEY: "key",
    MFA_WARDEN_SECRETS: "bench/",
    MFA_WARDEN_CODE: "bench",
    MFA_WARDEN_TABLE: "bench",
    MFA_WARDEN_POLICY: policyFile,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
  };
}

/** In milliseconds. */
interface ImportTimes {
  readonly floor: number[];
  readonly handler: number[];
}

/** Each import in a process of its own, in turn. */
async function timeImports(floor: string, handler: string, env: NodeJS.ProcessEnv): Promise<ImportTimes> {
  const timeImport = async (file: string) => {
    const args = ["--input-type=module", "-e", TIME_IMPORT, file];
    return v.parse(v.number(), await runNode(args, { env, timeoutMs: IMPORT_TIMEOUT_MS }));
  };
  const times: ImportTimes = { floor: [], handler: [] };
  await timeImport(floor);
  await timeImport(handler);
  for (let i = 0; i < REPETITIONS; i++) {
    times.floor.push(await timeImport(floor));
    times.handler.push(await timeImport(handler));
  }
  return times;
}

function importRow({ floor, handler }: ImportTimes): Row {
  return ratioRow({
    what: "sweep handler, import ÷ floor",
    ratio: median(handler) / median(floor),
    maxRatio: MAX_RATIO,
    detail: `${fixed(median(handler), 0)} ms`,
    note: `floor ${fixed(median(floor), 0)} ms: a handler with the DynamoDB client alone, bundled alike; median of ${REPETITIONS} in turn`,
    figures: { floorMs: floor, handlerMs: handler },
  });
}
