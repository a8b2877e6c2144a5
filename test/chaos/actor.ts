/** One process that sweeps, handles events and applies approvals as it is told, until it is killed; campaign.ts runs it. */
import { createPrivateKey } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { monotonicFactory } from "ulid";
import { runHere } from "../../cli/local/runner.ts";
import { keySigner } from "../../cli/state/file-signer.ts";
import { opener } from "../../functions/compose-ports.ts";
import { approvePlans } from "../../lib/approval/index.ts";
import { s3Evidence } from "../../lib/aws/bucket.ts";
import { sqsQueue } from "../../lib/aws/queue.ts";
import { WardenError } from "../../lib/errors.ts";
import { documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import type { Mode } from "../../lib/model/index.ts";
import { hashPolicy, type Policy, readCompiled } from "../../lib/policy/schema.ts";
import { messageRechecker } from "../../lib/recheck/index.ts";
import { type RunOrder, runDirectories } from "../../lib/run/index.ts";
import { type SweepOrder, sweep } from "../../lib/sweep/index.ts";
import { LOCAL_AWS } from "../aws/loopback.ts";
import { directEngine } from "../sweep/direct-engine.ts";

/** What the parent passes as the only argument, in JSON. */
export interface ActorOptions {
  readonly endpoints: { readonly dynamodb: string; readonly s3: string; readonly sqs: string };
  readonly table: string;
  readonly bucket: string;
  readonly queue: { readonly url: string; readonly deadUrl: string };
  /** By directory. */
  readonly secrets: Readonly<Record<string, unknown>>;
  /** Compiled. */
  readonly policy: Policy;
  /** Ed25519, PEM. */
  readonly signingKey: string;
  readonly leaseSeconds: number;
  readonly readBackTimeoutMs: number;
  /** How far the clock is off, in ms. */
  readonly skewMs: number;
  /** AWS's own engine, whose waits take as long as they say; otherwise one that waits for a moment. */
  readonly realEngine: boolean;
}

export type Task =
  | { readonly kind: "sweep"; readonly mode: Mode }
  /** Approves the newest plan that waits of each of these runs, and applies it. */
  | { readonly kind: "approve"; readonly runs: readonly string[] }
  /** Takes messages from the queue for so long. */
  | { readonly kind: "events"; readonly ms: number };

export type Report =
  | { readonly run: string }
  | { readonly ended: Task["kind"]; readonly status?: string }
  /** Something that no error of ours explains. */
  | { readonly broken: string };

export const STARTER = { by: "scheduler", how: "chaos" };
export const APPROVER = { by: "jane@desk", how: "chaos" };

const options: ActorOptions = JSON.parse(process.argv[2] ?? "{}");
const { endpoints, table, bucket, leaseSeconds, readBackTimeoutMs, skewMs } = options;
const policy = readCompiled(options.policy);
const policyHash = hashPolicy(policy);
let ahead = 0;
const clock = () => Date.now() + skewMs + ahead;
const tell = (report: Report): void => void process.send?.(report);

/** Every run that is begun is told of, so that the parent finds it though we die. */
const newUlid = monotonicFactory();
const ulid = () => newUlid(clock());

const ledger = dynamoLedger({
  client: documentClient({ ...LOCAL_AWS, endpoint: endpoints.dynamodb, maxAttempts: 4 }),
  table,
  clock,
  ulid,
  leaseSeconds,
});
const ports = {
  policy,
  policyHash,
  ledger,
  evidence: s3Evidence({ ...LOCAL_AWS, endpoint: endpoints.s3, forcePathStyle: true, maxAttempts: 4 }, bucket, "chaos"),
  signer: keySigner(() => createPrivateKey(options.signingKey)),
  open: opener(policy, { read: async (id) => ({ value: options.secrets[id], version: "1" }) }, fetch, clock),
  sleep: (ms: number, signal: AbortSignal) => delay(ms, undefined, { signal }),
  clock,
  ulid,
  code: "chaos",
  leaseSeconds,
  readBackTimeoutMs,
};
const queue = sqsQueue({ ...LOCAL_AWS, endpoint: endpoints.sqs, maxAttempts: 4 }, options.queue);
const { evidence: _, signer: __, code: ___, ...recheckPorts } = ports;
const recheck = messageRechecker({ ...recheckPorts, queue, retryMs: 50 });

async function run(order: RunOrder): Promise<string> {
  const named = () => {
    const id = ulid();
    tell({ run: id });
    return id;
  };
  const started = { ...ports, ulid: named };
  const { status } = options.realEngine ? await runHere(started, order) : await runDirectly(started, order);
  return status;
}

const LONGEST_WAIT_MS = 60;

function runDirectly(started: typeof ports, order: RunOrder) {
  const invoked = { ...started, invokedAt: clock() };
  const engine = directEngine({
    invoked: (durable, payload) => sweep(durable, invoked, payload as SweepOrder),
    wait: async (seconds, name) => {
      // A job is looked at again some time later: that time passes for this process alone, as by a clock that runs fast.
      if (name.startsWith("publish-")) ahead += seconds * 1000;
      await delay(Math.min(seconds * 1000, LONGEST_WAIT_MS));
    },
  });
  return runDirectories(engine, invoked, order, "sweep");
}

async function approve(runs: readonly string[]): Promise<string> {
  for (const run_ of runs.toReversed()) {
    const [plan] = (await ledger.readPlans(run_)).filter(({ status }) => status === "waiting");
    if (!plan) continue;
    const applies = await approvePlans(ports, {
      run: run_,
      hash: plan.hash,
      directory: plan.directory,
      origin: APPROVER,
    });
    return run({ mode: "enforce", origin: APPROVER, applies });
  }
  return "nothing waits";
}

async function handleEvents(ms: number): Promise<void> {
  const end = AbortSignal.timeout(ms);
  while (!end.aborted) {
    const messages = await queue.receive(10, 1, AbortSignal.timeout(5_000)).catch(expectOurs);
    if (!messages || messages.length === 0) continue;
    const again = await recheck(messages, AbortSignal.timeout(20_000));
    for (const { id, receipt } of messages)
      if (!again.includes(id)) await queue.acknowledge(receipt, AbortSignal.timeout(5_000)).catch(expectOurs);
  }
}

function expectOurs(error: unknown): undefined {
  if (error instanceof WardenError) return undefined;
  throw error;
}

async function perform(task: Task): Promise<string | undefined> {
  if (task.kind === "sweep") return run({ mode: task.mode, origin: STARTER });
  if (task.kind === "approve") return approve(task.runs);
  return void (await handleEvents(task.ms));
}

process.on("message", async (task: Task) => {
  try {
    const status = await perform(task);
    tell({ ended: task.kind, ...(status === undefined ? {} : { status }) });
  } catch (error) {
    const isOurs = error instanceof WardenError && error.code !== "ERR_INTERNAL";
    tell(
      isOurs ? { ended: task.kind, status: error.code } : { broken: error instanceof Error ? `${error.stack}` : "?" },
    );
  }
});
process.on("disconnect", () => process.exit(0));
