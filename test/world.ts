/** A whole world for a test: the PingOne simulator, a ledger, a bucket, and the workflows over them; all real servers on loopback. */
import { generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import dynalite from "dynalite";
import { startFauxqs } from "fauxqs";
import { monotonicFactory } from "ulid";
import { runHere } from "../cli/local/runner.ts";
import { keySigner } from "../cli/state/file-signer.ts";
import { opener } from "../functions/ports.ts";
import type { Standing } from "../functions/workflows.ts";
import { s3Evidence } from "../lib/aws/bucket.ts";
import { vendors } from "../lib/directories/index.ts";
import { type Client, createTable, documentClient, dynamoLedger } from "../lib/ledger/index.ts";
import type { DirectoryRecord, Evidence, Ledger, Mode, Secret, Signer } from "../lib/model/index.ts";
import { hashPolicy, type Policy } from "../lib/policy/schema.ts";
import { parsePolicy } from "../lib/policy-file/index.ts";
import type { RunReport } from "../lib/run/index.ts";
import type { SweepPorts } from "../lib/sweep/index.ts";
import { type PingOne, type PingOneSettings, startPingOne } from "../simulators/pingone/index.ts";

const TABLE = "mfa-warden";
const BUCKET = "evidence";
const credentials = { accessKeyId: "local", secretAccessKey: "local" };

/** Items written and read, by the kind of item. */
export interface Counts {
  readonly writes: Record<string, number>;
  reads: number;
}

export interface World {
  readonly vendor: PingOne;
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  readonly signer: Signer;
  readonly counts: Counts;
  /** How far the sweep's clock is ahead of the world's, in ms; a test may set it. */
  readonly time: { ahead: number };
  readonly endpoints: { readonly dynamodb: string; readonly s3: string };
  /** By directory; a test may rotate one. */
  readonly secrets: Map<string, Secret>;
  /** Ports over `yaml`, the part of a policy behind its directories. */
  ports(yaml?: string, more?: Partial<Standing<SweepPorts>>): Standing<SweepPorts>;
  sweep(
    mode: Mode,
    yaml?: string,
    more?: Partial<Standing<SweepPorts>>,
  ): Promise<RunReport & { readonly only: DirectoryRecord }>;
  close(): Promise<void>;
}

export const EVERYONE = `
rules:
  - name: everyone
    match: all
    require: enabled
limits:
  changesPerRun: { count: 50000, percent: 100 }
  changesPerDay: 100000
`;

export function compile(text: string): Policy {
  const parsed = parsePolicy(text, settingsOf());
  if ("policy" in parsed) return parsed.policy;
  throw new Error(parsed.errors.map((error) => `${error.line}:${error.column} ${error.message}`).join("\n"));
}

const settingsOf = () => Object.fromEntries(Object.entries(vendors).map(([name, vendor]) => [name, vendor.settings]));

/** The policy entry of a simulated PingOne. */
export const directoryYaml = (
  { environment, endpoints }: Pick<PingOne, "environment" | "endpoints">,
  id = "workforce",
  mode = "enforce",
) => `
  - id: ${id}
    vendor: pingone
    environment: ${environment}
    region: com
    mode: ${mode}
    endpoints: { api: "${endpoints.api}", auth: "${endpoints.auth}" }`;

/** A directory beside the PingOne one, of any vendor. */
export interface Neighbour {
  readonly id: string;
  readonly vendor: string;
  /** The vendor's own keys. */
  readonly settings: object;
  readonly secret: unknown;
}

/** JSON is YAML too. */
const neighbourYaml = ({ id, vendor, settings }: Neighbour) =>
  `\n  - ${JSON.stringify({ id, vendor, mode: "enforce", ...settings })}`;

export async function startWorld(
  settings: Partial<PingOneSettings> = {},
  neighbours: readonly Neighbour[] = [],
): Promise<World> {
  const vendor = await startPingOne({ accounts: 50, ...settings });
  const dynamo = dynalite({ createTableMs: 0 });
  dynamo.listen(0, "127.0.0.1");
  await once(dynamo, "listening");
  const address = dynamo.address();
  const dynamodb = `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
  const bucket = await startFauxqs({
    port: 0,
    logger: false,
    init: { buckets: [BUCKET], queues: [{ name: "events" }, { name: "events-dead" }] },
  });
  const s3 = `http://127.0.0.1:${bucket.port}`;
  const counts: Counts = { writes: {}, reads: 0 };
  const client = documentClient({ endpoint: dynamodb, region: "us-east-1", credentials });
  await createTable(client, TABLE, AbortSignal.timeout(10_000));
  const time = { ahead: 0 };
  const clock = () => Date.now() + time.ahead;
  const ulid = monotonicFactory();
  const leaseSeconds = 2;
  const ledger = dynamoLedger({ client: counted(client, counts), table: TABLE, clock, ulid, leaseSeconds });
  const evidence = s3Evidence(
    { endpoint: s3, region: "us-east-1", credentials, forcePathStyle: true },
    BUCKET,
    "memory",
  );
  const stored = new Map<string, Secret>([["workforce", { value: vendor.credentials, version: "1" }]]);
  for (const { id, secret } of neighbours) stored.set(id, { value: secret, version: "1" });
  const secrets = {
    read: async (directory: string) => stored.get(directory) ?? Promise.reject(new Error(`no secret of ${directory}`)),
  };

  const { privateKey } = generateKeyPairSync("ed25519");
  const signer = keySigner(() => privateKey);

  const ports: World["ports"] = (yaml = EVERYONE, more = {}) => {
    const policy = compile(
      `version: 1\ndirectories:${directoryYaml(vendor)}${neighbours.map(neighbourYaml).join("")}\n${yaml}`,
    );
    return {
      policy,
      policyHash: hashPolicy(policy),
      ledger,
      evidence,
      signer,
      clock,
      sleep: (ms, signal) => delay(ms, undefined, { signal }),
      ulid,
      code: "test",
      leaseSeconds,
      readBackTimeoutMs: 4_000,
      open: opener(policy, secrets, fetch, clock),
      ...more,
    };
  };
  return {
    vendor,
    ledger,
    evidence,
    signer,
    counts,
    time,
    endpoints: { dynamodb, s3 },
    secrets: stored,
    ports,
    async sweep(mode, yaml, more) {
      const report = await runHere(ports(yaml, more), { mode, origin: { by: "tester", how: "test" } });
      const [only] = report.directories;
      if (!only) throw new Error("no directory was swept");
      return { ...report, only };
    },
    async close() {
      client.destroy();
      await Promise.all([vendor.close(), bucket.stop(), new Promise((done) => dynamo.close(done))]);
    },
  };
}

/** The same client, counting what it is asked. */
function counted(client: Client, counts: Counts): Client {
  const send = client.send.bind(client);
  return new Proxy(client, {
    get:
      () =>
      (command: { constructor: { name: string }; input: object }, ...rest: unknown[]) => {
        if (/^(Put|Update)/.test(command.constructor.name)) {
          const kind = kindOf(command.input);
          counts.writes[kind] = (counts.writes[kind] ?? 0) + 1;
        } else counts.reads++;
        return Reflect.apply(send, undefined, [command, ...rest]);
      },
  });
}

/** STATE, EVENT, CHANGE, RUN … */
function kindOf(input: { Key?: { pk: string; sk: string }; Item?: { pk: string; sk: string } }): string {
  const { pk = "", sk = "" } = input.Key ?? input.Item ?? {};
  return (sk === "-" ? pk : sk).split("#")[0] ?? "";
}
