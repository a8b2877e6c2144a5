/** One sweep in a process of its own, which kills itself at the moment it is told to; crash.test.ts and undo-crash.test.ts run it. */
import { createPrivateKey, generateKeyPairSync } from "node:crypto";
import { writeSync } from "node:fs";
import { basename } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { monotonicFactory } from "ulid";
import { runHere } from "../../cli/local/runner.ts";
import { keySigner } from "../../cli/state/file-signer.ts";
import { opener } from "../../functions/compose-ports.ts";
import type { LongLivedPorts } from "../../functions/workflows.ts";
import { s3Evidence } from "../../lib/aws/bucket.ts";
import { type Client, documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import { type Evidence, omitUndefined } from "../../lib/model/index.ts";
import { hashPolicy, type Policy, readCompiled } from "../../lib/policy/schema.ts";
import type { RunOrder } from "../../lib/run/index.ts";
import {
  type ProgressEvent,
  type SweepOrder,
  type SweepPorts,
  sweep as sweepDirectory,
} from "../../lib/sweep/index.ts";
import { journalEngine } from "./journal-engine.ts";

/** What the parent passes as the only argument, in JSON. */
export interface ChildOptions {
  readonly endpoints: { readonly dynamodb: string; readonly s3: string };
  readonly accessKey: string;
  readonly table: string;
  readonly bucket: string;
  readonly secret: unknown;
  /** Compiled. */
  readonly policy: Policy;
  readonly leaseSeconds: number;
  readonly readBackTimeoutMs: number;
  /** Ed25519, PEM; one of its own unless given. */
  readonly signingKey?: string;
  readonly killAt?: KillPoint;
  /** An enforcing sweep of everything unless given. */
  readonly order?: RunOrder;
  /** One sweep whose steps are kept in a file, in place of a run. */
  readonly durable?: { readonly journal: string; readonly order: SweepOrder };
  /** As `SweepPorts` has it. */
  readonly minShardedAccounts?: number;
}

/** When to die: at the `nth` mark of this name (`any`: whatever its name), and which processes to take along. */
export interface KillPoint {
  readonly at: string;
  readonly nth: number;
  readonly also?: readonly number[];
}

const { killAt, ...options }: ChildOptions = JSON.parse(process.argv[2] ?? "{}");
let met = 0;

/** Tells the parent, and dies if this is the moment. A write to a pipe is done when it returns, so the mark outlives us. */
function mark(name: string, subject = ""): void {
  writeSync(1, `mark ${name} ${subject}\n`);
  if (killAt === undefined || (killAt.at !== "any" && killAt.at !== name) || ++met < killAt.nth) return;
  for (const pid of [...(killAt.also ?? []), process.pid]) process.kill(pid, "SIGKILL");
}

const markProgress = (event: ProgressEvent) => mark(event.did, "subject" in event ? event.subject : "");

const markedFetch: typeof fetch = async (input, init) => {
  mark(`sent-${init?.method}`);
  const answer = await fetch(input, init);
  mark(`answered-${init?.method}`);
  return answer;
};

/** Marks every item that has been written or got, as `Put-CHANGE` or `Update-STATE`. */
function markedClient(client: Client): Client {
  const send = client.send.bind(client);
  return new Proxy(client, {
    get:
      () =>
      async (command: { constructor: { name: string }; input: Written }, ...rest: unknown[]) => {
        const answer: unknown = await Reflect.apply(send, undefined, [command, ...rest]);
        const { pk, sk } = command.input.Key ?? command.input.Item ?? { pk: "", sk: "" };
        const kind = (sk === "-" ? pk : sk).split("#")[0];
        if (kind) mark(`${command.constructor.name.replace("Command", "")}-${kind}`);
        return answer;
      },
  });
}

/** Marks every manifest and signature that has been stored. */
const markedEvidence = (evidence: Evidence): Evidence => ({
  ...evidence,
  async put(key, bytes, type) {
    await evidence.put(key, bytes, type);
    if (type === "application/json") mark(`stored-${basename(key)}`);
  },
});

interface Written {
  readonly Key?: { readonly pk: string; readonly sk: string };
  readonly Item?: { readonly pk: string; readonly sk: string };
}

async function sweep() {
  const { endpoints, table, bucket, secret, leaseSeconds, readBackTimeoutMs } = options;
  const credentials = { accessKeyId: options.accessKey, secretAccessKey: options.accessKey };
  const here = { region: "us-east-1", credentials };
  const policy = readCompiled(options.policy);
  const signingKey = options.signingKey
    ? createPrivateKey(options.signingKey)
    : generateKeyPairSync("ed25519").privateKey;
  const clock = Date.now;
  const ulid = monotonicFactory();
  const client = markedClient(documentClient({ ...here, endpoint: endpoints.dynamodb }));
  mark("begun");
  const ports: LongLivedPorts<SweepPorts> = omitUndefined({
    policy,
    policyHash: hashPolicy(policy),
    ledger: dynamoLedger({ client, table, clock, ulid, leaseSeconds }),
    evidence: markedEvidence(s3Evidence({ ...here, endpoint: endpoints.s3, forcePathStyle: true }, bucket, "test")),
    signer: keySigner(() => signingKey),
    open: opener(policy, { read: async () => ({ value: secret, version: "1" }) }, markedFetch, clock),
    sleep: (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }),
    clock,
    ulid,
    code: "test",
    leaseSeconds,
    readBackTimeoutMs,
    onProgress: markProgress,
    minShardedAccounts: options.minShardedAccounts,
  });
  const report = await (options.durable ? sweepFrom(ports, options.durable) : runHere(ports, options.order ?? ORDER));
  writeSync(1, `report ${JSON.stringify(report)}\n`);
}

const ORDER: RunOrder = { mode: "enforce", origin: { by: "tester", how: "crash.test.ts" } };

/** Goes on behind the steps that the journal has. */
async function sweepFrom(ports: LongLivedPorts<SweepPorts>, { journal, order }: NonNullable<ChildOptions["durable"]>) {
  const record = await sweepDirectory(journalEngine(journal), { ...ports, invokedAt: ports.clock() }, order);
  return { directories: [record] };
}

await sweep();
// The engine's own end takes longer than this sweep.
process.exit(0);
