import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import * as v from "valibot";
import { openServer } from "../loopback.ts";
import { ACCOUNT, type Built, type Graph, type Inputs, type Made, REGION, stateOf } from "./cloud.ts";

/** What the bundle of SST and our configuration exports. Pulumi must be the copy that SST's components use. */
interface Bundle {
  readonly config: {
    app(input: { stage: string }): Promise<Inputs & { readonly providers?: { readonly aws?: object } }>;
    run(): Promise<unknown>;
  };
  run(program: () => Promise<unknown>): Promise<unknown>;
  readonly pulumi: {
    output(value: unknown): { apply(take: (value: Inputs) => void): void };
    readonly runtime: {
      setMocks(mocks: object, project: string, stack: string, preview: boolean): Promise<void>;
      runInPulumiStack(program: () => Promise<unknown>): Promise<unknown>;
      registerStackTransformation(see: (args: Seen) => undefined): void;
      disconnect(): Promise<void>;
    };
  };
}
interface Seen {
  readonly type: string;
  readonly name: string;
  readonly opts: { readonly retainOnDelete?: boolean };
}

const REQUIRE =
  'import { createRequire } from "node:module"; import { fileURLToPath } from "node:url"; const require = createRequire(import.meta.url); const __filename = fileURLToPath(import.meta.url); const __dirname = fileURLToPath(new URL(".", import.meta.url));';

const ROOT = process.cwd();
const PLATFORM = join(ROOT, ".sst", "platform");
const [stage = "", folder = "", queues = `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}`] = process.argv.slice(2);
const made: Made[] = [];
const built: Built[] = [];
const retained = new Set<string>();

function fail(error: unknown): never {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

async function main(): Promise<void> {
  process.env.SST_SERVER = await answerForSst();
  const { config, run, pulumi } = await load();
  const app = { removal: "retain", protect: false, ...(await config.app({ stage })) };
  const paths = { home: folder, root: ROOT, work: folder, platform: PLATFORM };
  Object.assign(globalThis, {
    // As SST does with the region of the environment.
    $app: { ...app, stage, providers: { aws: { region: REGION, ...app.providers?.aws } } },
    $cli: { command: "deploy", dev: false, paths, state: { version: {} } },
    $dev: false,
  });
  await pulumi.runtime.setMocks({ newResource, call }, "mfa-warden", stage, false);
  const said = await pulumi.runtime.runInPulumiStack(() =>
    run(async () => {
      pulumi.runtime.registerStackTransformation(({ type, name, opts }) => {
        if (opts.retainOnDelete) retained.add(`${type} ${name}`);
      });
      return config.run();
    }),
  );
  await pulumi.runtime.disconnect();
  const outputs = await new Promise<Inputs>((done) => pulumi.output(said).apply(done));
  const graph: Graph = {
    ...{ app, outputs, built },
    made: made.map((one) => ({ ...one, retained: retained.has(`${one.type} ${one.name}`) })),
  };
  writeFileSync(join(folder, "graph.json"), JSON.stringify(graph, null, 1));
}

/** As SST bundles the configuration: its globals are imported at the head of each of our files. */
async function load(): Promise<Bundle> {
  const outfile = join(PLATFORM, `check-${process.pid}.mjs`);
  const ours: Plugin = {
    name: "globals",
    setup({ onLoad }) {
      onLoad({ filter: /\/(infra\/[^/]+|sst\.config)\.ts$/ }, async ({ path }) => {
        if (path.startsWith(PLATFORM)) return undefined;
        const globals = [
          ["aws", "@pulumi/aws"],
          ["sst", join(PLATFORM, "src/components")],
        ];
        const head = globals.map(([name, from]) => `import * as ${name} from "${from}";`).join(" ");
        return { contents: `${head}\n${await readFile(path, "utf8")}`, loader: "ts" };
      });
    },
  };
  await build({
    stdin: {
      contents: `export { run } from "${PLATFORM}/src/auto/run.ts"; export { default as config } from "${ROOT}/sst.config.ts"; export * as pulumi from "@pulumi/pulumi";`,
      resolveDir: ROOT,
    },
    outfile,
    ...{ bundle: true, platform: "node", format: "esm", mainFields: ["module", "main"], logLevel: "error" },
    banner: { js: REQUIRE },
    inject: [join(PLATFORM, "src/shim/run.js")],
    nodePaths: [join(PLATFORM, "node_modules")],
    external: ["@pulumi/*", "@aws-sdk/*", "esbuild", "archiver", "glob", "undici", "vite"],
    plugins: [ours],
  });
  const bundle: Bundle = await import(pathToFileURL(outfile).href);
  await rm(outfile);
  return bundle;
}

interface Asked {
  readonly type: string;
  readonly name: string;
  /** Of what is there already. */
  readonly id?: string;
  readonly inputs: Inputs;
}

function newResource({ type, name, id, inputs }: Asked) {
  const state = stateOf(type, name, id ? { name: id, ...inputs } : inputs, queues);
  made.push({ type, name, inputs, outputs: state, retained: false });
  return { id: `${state.id ?? state.name ?? name}`, state };
}

/** What the components ask AWS for while they are put together. */
function call({ token, inputs }: { readonly token: string; readonly inputs: Inputs }): Inputs {
  if (token.endsWith(":getCallerIdentity"))
    return { accountId: ACCOUNT, arn: `arn:aws:iam::${ACCOUNT}:root`, id: ACCOUNT };
  if (token.endsWith(":getRegion")) return { region: REGION, name: REGION, id: REGION };
  if (token.endsWith(":getPartition")) return { partition: "aws", dnsSuffix: "amazonaws.com", id: "aws" };
  if (token.endsWith(":getPublicKey")) return { ...inputs, publicKeyPem: "-----BEGIN PUBLIC KEY-----" };
  if (token.endsWith(":getTable")) return restoredTable(String(inputs.name));
  // Without the statements beside the JSON, SST leaves out a function's own policy.
  if (token.endsWith(":getPolicyDocument"))
    return { ...inputs, json: JSON.stringify({ Statement: inputs.statements }) };
  throw new Error(`Nobody answers ${token}.`);
}

/** As AWS describes a table that was restored; `bare-…` was left as the restore made it. */
const restoredTable = (name: string): Inputs => ({
  name,
  hashKey: "pk",
  rangeKey: "sk",
  globalSecondaryIndexes: [{ name: "open" }, { name: "runs" }],
  pointInTimeRecovery: { enabled: !name.startsWith("bare-") },
  ttl: { attributeName: "forgetAt", enabled: !name.startsWith("bare-") },
  deletionProtectionEnabled: true,
});

const requestSchema = v.object({
  method: v.string(),
  params: v.union([v.tuple([v.unknown()]), v.unknown()]),
});
const buildSchema = v.looseObject({
  functionID: v.string(),
  handler: v.string(),
  copyFiles: v.array(v.object({ from: v.string(), to: v.string() })),
  properties: v.object({ esbuild: v.object({ external: v.array(v.string()) }) }),
});

/** The part of the SST program that components talk to. Answers where it listens. */
async function answerForSst(): Promise<string> {
  const { address } = await openServer(async (request, response) => {
    const { method, params } = v.parse(requestSchema, JSON.parse(await text(request)));
    const answer = await answerTo(method, Array.isArray(params) ? params[0] : params).then(
      (result) => ({ result }),
      (error: unknown) => ({ error: String(error) }),
    );
    response.end(JSON.stringify(answer));
  });
  return address;
}

async function answerTo(method: string, params: unknown): Promise<object> {
  if (method === "Provider.Aws.Bootstrap")
    return { asset: "sst-asset", state: "sst-state", assetEcrRegistryId: ACCOUNT, assetEcrUrl: "ecr.invalid/sst" };
  if (method === "Provider.Aws.Appsync") return { http: "", realtime: "" };
  if (method === "Runtime.AddTarget") return {};
  if (method === "Runtime.Build") return bundleHandler(v.parse(buildSchema, params));
  throw new Error(`rpc: can't find ${method}`);
}

/** As SST bundles a handler. */
async function bundleHandler({ functionID: id, handler, copyFiles, properties }: v.InferOutput<typeof buildSchema>) {
  const out = join(folder, "artifacts", `${id}-src`);
  const source = handler.replace(/\.[^.]+$/, "");
  const outfile = join(out, `${source}.mjs`);
  mkdirSync(out, { recursive: true });
  const { errors } = await build({
    entryPoints: [join(ROOT, `${source}.ts`)],
    outfile,
    ...{ bundle: true, platform: "node", format: "esm", target: "es2022", mainFields: ["module", "main"] },
    ...{ minify: true, keepNames: true, logLevel: "error" },
    external: properties.esbuild.external,
    banner: { js: REQUIRE },
  });
  built.push({ id, handler, folder: out, file: relative(out, outfile), bytes: statSync(outfile).size, copyFiles });
  return { out, handler, errors: errors.map(({ text: message }) => message), sourcemaps: [] };
}

process.on("unhandledRejection", fail);
await main().catch(fail);
process.exit(0);
