/** A workspace in which `serve` runs: everybody's MFA on, webhooks set up, and a look at what it did. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { ulid } from "ulid";
import { joinStack, type Stack } from "../../cli/state/stack.ts";
import { openDirectory } from "../../lib/directories/index.ts";
import { documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import { type Ledger, omitUndefined } from "../../lib/model/index.ts";
import type { PingOneSettings } from "../../simulators/pingone/index.ts";
import type { Running } from "../processes.ts";
import { freePort, start } from "./server.ts";
import { openWorkspace, type Workspace } from "./workspace.ts";

export const CREDENTIAL = "a-hook-credential-of-many-characters";
export const DEVICE = { type: "TOTP", status: "ACTIVE" };

export interface ServedWorkspace extends Workspace {
  readonly address: string;
  readonly serving: () => Running;
  /** Starts it (again), at the same address. */
  serve(): Promise<Running>;
  /** Kills it, if it runs. */
  end(): Promise<void>;
  /** Has PingOne send its events to it. */
  subscribe(): Promise<void>;
  /** What was received and is not done comes again after so many seconds, 30 unless told. */
  comeAgainAfter(seconds: number): Promise<void>;
  /** What the ledger holds of one account. */
  history(id: string): ReturnType<Ledger["readHistory"]>;
  puts(): number;
}

/** @param before called before each answer of the simulator */
export async function withServe(
  work: (workspace: ServedWorkspace) => Promise<void>,
  before?: PingOneSettings["before"],
): Promise<void> {
  const workspace = await openWorkspace(omitUndefined({ accounts: 30, mfaEnabledShare: 1, before }));
  workspace.write("secrets.json", { workforce: { ...workspace.pingone.credentials, hooks: [CREDENTIAL] } });
  const served = servedWorkspace(workspace, await freePort());
  try {
    await served.serve();
    await work(served);
  } finally {
    await served.end();
    await workspace.close();
  }
}

function servedWorkspace(workspace: Workspace, port: number): ServedWorkspace {
  const address = `http://127.0.0.1:${port}`;
  let running: Running | undefined;
  const stack = () => joinStack(join(workspace.folder, ".mfa-warden"), AbortSignal.timeout(10_000));
  return {
    ...workspace,
    address,
    serving: () => running ?? assert.fail("it does not serve"),
    async serve() {
      running = start(workspace.folder, "serve", "--json", "--port", String(port), "--retry", "1");
      await running.line(/"listening"/);
      return running;
    },
    async end() {
      await running?.end("SIGKILL");
    },
    subscribe: () => subscribe(workspace, address),
    comeAgainAfter: async (seconds) => hideFor(await stack(), seconds),
    history: async (id) => historyOf(await stack(), id),
    puts: () => workspace.pingone.counts()["PUT mfaEnabled"] ?? 0,
  };
}

async function subscribe({ pingone }: Workspace, address: string): Promise<void> {
  const { environment, endpoints, credentials: secret } = pingone;
  const { hooks } = openDirectory("pingone", {
    id: "workforce",
    settings: { environment, region: "com", endpoints },
    secret,
    secretVersion: "1",
    fetch,
    clock: Date.now,
  });
  await hooks?.apply({ url: `${address}/hooks/workforce`, header: CREDENTIAL }, AbortSignal.timeout(10_000));
}

/** What was received and is not done comes again after so many seconds. */
async function hideFor({ clients, queue }: Stack, seconds: number): Promise<void> {
  const client = new SQSClient(clients.sqs);
  const Attributes = { VisibilityTimeout: String(seconds) };
  await client.send(new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes }));
  client.destroy();
}

async function historyOf({ clients, table }: Stack, id: string): ReturnType<Ledger["readHistory"]> {
  const client = documentClient(clients.dynamodb);
  const history = await dynamoLedger({ client, table, clock: Date.now, ulid }).readHistory("workforce", id);
  client.destroy();
  return history;
}

/** Somebody active, with MFA on and a device. */
export function makeActiveUser({ pingone }: Workspace): string {
  const { id } = pingone.account(3);
  pingone.change(id, { enabled: true, mfaEnabled: true, devices: [DEVICE] });
  return id;
}
