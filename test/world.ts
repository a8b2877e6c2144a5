/**
 * A whole world for a test: the PingOne simulator, a ledger, a bucket, and the workflows over them; all real servers on loopback.
 *
 *     const world = await startWorld({ accounts: 20, pageSize: 5 });
 *     world.vendor.setFault({ kind: "lost-page", on: "users", nth: 2 });
 *     const { status, only } = await world.sweep("enforce");   // `only`: the record of its one directory, `workforce`
 *     await world.close();
 */
import { generateKeyPairSync } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { monotonicFactory, ulid } from "ulid";
import { keySigner } from "../cli/state/file-signer.ts";
import { opener } from "../functions/compose-ports.ts";
import type { LongLivedPorts } from "../functions/workflows.ts";
import { s3Evidence } from "../lib/aws/bucket.ts";
import type { QueueAddresses } from "../lib/aws/queue.ts";
import { vendors } from "../lib/directories/index.ts";
import { type Client, createTable, documentClient, dynamoLedger } from "../lib/ledger/index.ts";
import type { DirectoryRecord, Evidence, Ledger, Mode, Secret, Signer } from "../lib/model/index.ts";
import { hashPolicy, type Policy } from "../lib/policy/schema.ts";
import { parsePolicy } from "../lib/policy-file/index.ts";
import type { RunReport } from "../lib/run/index.ts";
import type { SweepPorts } from "../lib/sweep/index.ts";
import { type PingOne, type PingOneSettings, startPingOne } from "../simulators/pingone/index.ts";
import { LOCAL_AWS } from "./aws/loopback.ts";
import { openStores } from "./aws/stores.ts";
import { openDynamo } from "./loopback.ts";
import { runHere } from "./shared-engine.ts";

/** Short, so that a test can outlast one. */
const LEASE_SECONDS = 2;

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
  /** How far the sweep's clock is ahead of the world's, and the vendor's where it goes by it, in ms; a test may set both. */
  readonly time: { ahead: number; vendorAhead?: number };
  /** SQS is where S3 is. */
  readonly endpoints: { readonly dynamodb: string; readonly s3: string };
  /** The ledger's. */
  readonly table: string;
  readonly bucket: string;
  readonly queue: QueueAddresses;
  /** By directory; a test may rotate one. */
  readonly secrets: Map<string, Secret>;
  /** Ports over `yaml`, the part of a policy behind its directories. */
  ports(yaml?: string, more?: Partial<LongLivedPorts<SweepPorts>>): LongLivedPorts<SweepPorts>;
  sweep(
    mode: Mode,
    yaml?: string,
    more?: Partial<LongLivedPorts<SweepPorts>>,
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

/**
 * @param neighbours swept beside the PingOne directory `workforce`
 * @param aws where S3 and SQS are, if they are up
 */
export async function startWorld(
  settings: Partial<PingOneSettings> = {},
  neighbours: readonly Neighbour[] = [],
  aws?: string,
): Promise<World> {
  const vendor = await startPingOne({ accounts: 50, ...settings });
  const [dynamo, stores] = await Promise.all([openDynamo(), openStores(aws)]);
  const client = documentClient({ ...LOCAL_AWS, endpoint: dynamo.address });
  const places = { table: `ledger-${ulid()}`, bucket: stores.bucket, s3: stores.address };
  await createTable(client, places.table, AbortSignal.timeout(10_000));
  const counts: Counts = { writes: {}, reads: 0 };
  const time: World["time"] = { ahead: 0 };
  const secrets = secretsOf(vendor, neighbours);
  const stored = storePorts(counted(client, counts), places, time);
  const ports = portsOver({ ...stored, vendor, neighbours, secrets });
  return {
    vendor,
    ledger: stored.ledger,
    evidence: stored.evidence,
    signer: stored.signer,
    counts,
    time,
    endpoints: { dynamodb: dynamo.address, s3: stores.address },
    table: places.table,
    bucket: stores.bucket,
    queue: stores.queue,
    secrets,
    ports,
    sweep: async (mode, yaml, more) => sweepOnce(ports(yaml, more), mode),
    async close() {
      client.destroy();
      await Promise.all([vendor.close(), dynamo.close(), stores.close()]);
    },
  };
}

function secretsOf(vendor: PingOne, neighbours: readonly Neighbour[]): Map<string, Secret> {
  const secrets = new Map<string, Secret>([["workforce", { value: vendor.credentials, version: "1" }]]);
  for (const { id, secret } of neighbours) secrets.set(id, { value: secret, version: "1" });
  return secrets;
}

type StorePorts = Pick<
  LongLivedPorts<SweepPorts>,
  "ledger" | "evidence" | "signer" | "clock" | "ulid" | "leaseSeconds" | "sleep" | "readBackTimeoutMs" | "code"
>;

interface Places extends Pick<World, "table" | "bucket"> {
  /** The address of S3. */
  readonly s3: string;
}

/** The ports that are the same whatever the policy says. */
function storePorts(client: Client, { table, bucket, s3 }: Places, time: World["time"]): StorePorts {
  const clock = () => Date.now() + time.ahead;
  const ulid = monotonicFactory();
  const { privateKey } = generateKeyPairSync("ed25519");
  return {
    ledger: dynamoLedger({ client, table, clock, ulid, leaseSeconds: LEASE_SECONDS }),
    evidence: s3Evidence({ ...LOCAL_AWS, endpoint: s3, forcePathStyle: true }, bucket, "memory"),
    signer: keySigner(() => privateKey),
    clock,
    ulid,
    leaseSeconds: LEASE_SECONDS,
    sleep: (ms, signal) => delay(ms, undefined, { signal }),
    readBackTimeoutMs: 4_000,
    code: "test",
  };
}

interface PolicyParts extends StorePorts, Pick<World, "vendor" | "secrets"> {
  readonly neighbours: readonly Neighbour[];
}

function portsOver({ vendor, neighbours, secrets, ...stored }: PolicyParts): World["ports"] {
  const directories = [directoryYaml(vendor), ...neighbours.map(neighbourYaml)].join("");
  const store = {
    read: async (directory: string) => secrets.get(directory) ?? Promise.reject(new Error(`no secret of ${directory}`)),
  };
  return (yaml = EVERYONE, more = {}) => {
    const policy = compile(`version: 1\ndirectories:${directories}\n${yaml}`);
    return {
      ...stored,
      policy,
      policyHash: hashPolicy(policy),
      open: opener(policy, store, fetch, stored.clock),
      ...more,
    };
  };
}

async function sweepOnce(ports: LongLivedPorts<SweepPorts>, mode: Mode) {
  const report = await runHere(ports, { mode, origin: { by: "tester", how: "test" } });
  const [only] = report.directories;
  if (!only) throw new Error("no directory was swept");
  return { ...report, only };
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
