/** A desk at which `serve` runs: everybody's MFA on, webhooks set up, and a look at what it did. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { SetQueueAttributesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { ulid } from "ulid";
import { joinStack } from "../../cli/state/stack.ts";
import { openDirectory } from "../../lib/directories/index.ts";
import { documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import type { Ledger } from "../../lib/model/index.ts";
import type { PingOneSettings } from "../../simulators/pingone/index.ts";
import { freePort, type Running, start } from "./server.ts";
import { type Desk, openDesk } from "./terminal.ts";

export const CREDENTIAL = "a-hook-credential-of-many-characters";
export const DEVICE = { type: "TOTP", status: "ACTIVE" };

export interface ServedDesk extends Desk {
  readonly address: string;
  readonly serving: () => Running;
  /** Starts it (again), at the same address. */
  serve(): Promise<Running>;
  /** Has PingOne send its events to it. */
  subscribe(): Promise<void>;
  /** What was received and is not done comes again after so many seconds, 30 unless told. */
  comeAgainAfter(seconds: number): Promise<void>;
  /** What the ledger holds of one account. */
  history(id: string): ReturnType<Ledger["readHistory"]>;
  puts(): number;
}

/** @param before called before each answer of the simulator */
export async function atServedDesk(
  work: (desk: ServedDesk) => Promise<void>,
  before?: PingOneSettings["before"],
): Promise<void> {
  const desk = await openDesk({ accounts: 30, mfaEnabledShare: 1, ...(before ? { before } : {}) });
  desk.write("secrets.json", { workforce: { ...desk.pingone.credentials, hooks: [CREDENTIAL] } });
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  let running: Running | undefined;
  const stack = () => joinStack(join(desk.folder, ".mfa-warden"), AbortSignal.timeout(10_000));
  const serving = () => running ?? assert.fail("it does not serve");
  const served: ServedDesk = {
    ...desk,
    address,
    serving,
    async serve() {
      running = start(desk.folder, "serve", "--json", "--port", String(port));
      await running.line(/"listening"/);
      return running;
    },
    async subscribe() {
      const { environment, endpoints, credentials: secret } = desk.pingone;
      const needs = { settings: { environment, region: "com", endpoints }, secret, fetch, clock: Date.now };
      const { hooks } = openDirectory("pingone", { id: "workforce", secretVersion: "1", ...needs });
      await hooks?.apply({ url: `${address}/hooks/workforce`, header: CREDENTIAL }, AbortSignal.timeout(10_000));
    },
    async comeAgainAfter(seconds) {
      const { clients, queue } = await stack();
      const client = new SQSClient(clients.sqs);
      const Attributes = { VisibilityTimeout: String(seconds) };
      await client.send(new SetQueueAttributesCommand({ QueueUrl: queue.url, Attributes }));
      client.destroy();
    },
    async history(id) {
      const { clients, table } = await stack();
      const client = documentClient(clients.dynamodb);
      const history = await dynamoLedger({ client, table, clock: Date.now, ulid }).readHistory("workforce", id);
      client.destroy();
      return history;
    },
    puts: () => desk.pingone.counts()["PUT mfaEnabled"] ?? 0,
  };
  try {
    await served.serve();
    await work(served);
  } finally {
    await running?.end("SIGKILL");
    await desk.close();
  }
}

/** Somebody active, with MFA on and a device. */
export function somebody({ pingone }: Desk): string {
  const { id } = pingone.account(3);
  pingone.change(id, { enabled: true, mfaEnabled: true, devices: [DEVICE] });
  return id;
}
