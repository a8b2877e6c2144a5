/** `serve` as a person starts it, over an embedded stack and a simulated PingOne, each a process of its own. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ulid } from "ulid";
import * as v from "valibot";
import { documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import type { SubjectState } from "../../lib/model/index.ts";
import { DIRECTORY, policyText, RULES } from "../shared/policy.ts";
import { productFlags, type ServerProcess, startServer } from "../shared/processes.ts";
import { type SimulatedTenant, withSimulator } from "../shared/simulator.ts";
import { listCalls, makeAccount, switchMfaOff, type VendorCall } from "../shared/tenant-control.ts";
import { readClock } from "./schedule.ts";
import { withStack } from "./stack.ts";
import { type AccountEvent, newEvent, postWebhook, WEBHOOK_CREDENTIAL, webhookBody } from "./webhook.ts";

/** One line of `serve --json`. `at` is ms since 1970. */
const handledSchema = v.object({
  at: v.pipe(
    v.string(),
    v.transform((at) => Date.parse(at)),
  ),
  events: v.array(v.string()),
  did: v.string(),
  outcome: v.optional(v.string()),
});
export type HandledEvent = v.InferOutput<typeof handledSchema>;

export interface Serving {
  /** Ids of accounts that the ledger knows as compliant. */
  readonly accounts: readonly string[];
  /** Milliseconds before each answer of the vendor. */
  readonly latency: number;
  readonly servePid: number | undefined;
  readonly stackPid: number;
  switchMfaOff(account: string): Promise<void>;
  /** Sends one webhook. */
  sendWebhook(events: readonly AccountEvent[]): Promise<void>;
  /** What became of each event, by its id; waits for all of them, and a minute at most. */
  waitForEvents(events: readonly AccountEvent[]): Promise<ReadonlyMap<string, HandledEvent>>;
  /** All calls of the vendor so far. */
  listCalls(): Promise<VendorCall[]>;
  readStates(): Promise<Map<string, SubjectState>>;
}

const ACCOUNTS_AT_START = 10;
const HANDLING_TIMEOUT_MS = 60_000;
const HANDLING_POLL_MS = 20;
const LIMITS = `limits:
  changesPerDay: 100000
  changesPerAccount: 100000
`;

/** @param accounts how many to make for events, beside those that are there anyway */
export const withServing = <T>(accounts: number, latency: number, work: (serving: Serving) => Promise<T>): Promise<T> =>
  withSimulator(ACCOUNTS_AT_START, latency, ({ tenant }) =>
    withStack(async (stack, state) => {
      const handled = new Map<string, HandledEvent>();
      const serve = await startServe(state, tenant, handled);
      const client = documentClient(stack.clients.dynamodb);
      try {
        const ids = await makeAccounts(tenant, accounts);
        const ledger = dynamoLedger({ client, table: stack.table, clock: Date.now, ulid });
        const serving: Serving = {
          ...servingOver(tenant, serve, handled),
          accounts: ids,
          latency,
          stackPid: stack.pid,
          readStates: () => ledger.readStates(DIRECTORY, ids, true),
        };
        await warmUp(serving);
        return await work(serving);
      } finally {
        client.destroy();
        await serve.stop();
      }
    }),
  );

function servingOver(
  tenant: SimulatedTenant,
  serve: ServerProcess,
  handled: ReadonlyMap<string, HandledEvent>,
): Omit<Serving, "accounts" | "latency" | "stackPid" | "readStates"> {
  const address = webhookAddress(serve);
  return {
    servePid: serve.pid,
    switchMfaOff: (id) => switchMfaOff(tenant, id),
    sendWebhook: (events) => postWebhook(address, webhookBody(events, tenant.environment)),
    waitForEvents: (events) => waitForEvents(events, handled),
    listCalls: () => listCalls(tenant),
  };
}

/** @param handled gets what became of each event, by its id */
function startServe(
  state: string,
  tenant: SimulatedTenant,
  handled: Map<string, HandledEvent>,
): Promise<ServerProcess> {
  const policy = join(state, "policy.yaml");
  const secrets = join(state, "secrets.json");
  writeFileSync(policy, policyText(tenant, RULES + LIMITS));
  const secret = { ...tenant.credentials, hooks: [WEBHOOK_CREDENTIAL] };
  writeFileSync(secrets, JSON.stringify({ [DIRECTORY]: secret }), { mode: 0o600 });
  const options = { state, policy, secrets, port: "0" };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return startServer("cli/warden.ts", ["serve", "--json", ...args], {
    flags: productFlags(),
    onLine(line) {
      const result = v.parse(handledSchema, JSON.parse(line));
      // What failed comes again.
      if (result.did !== "failed") for (const id of result.events) handled.set(id, result);
    },
  });
}

function webhookAddress({ startMessage }: ServerProcess): string {
  const schema = v.object({ directories: v.tuple([v.object({ hook: v.string() })]) });
  return v.parse(schema, startMessage).directories[0].hook;
}

async function makeAccounts(tenant: SimulatedTenant, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < count; i++) ids.push(await makeAccount(tenant));
  return ids;
}

async function waitForEvents(events: readonly AccountEvent[], handled: ReadonlyMap<string, HandledEvent>) {
  const deadline = readClock() + HANDLING_TIMEOUT_MS;
  while (!events.every(({ id }) => handled.has(id)) && readClock() < deadline) await wait(HANDLING_POLL_MS);
  return new Map(handled);
}

/** Has everybody rechecked once, while MFA is on for everybody. */
async function warmUp(serving: Serving): Promise<void> {
  const events = serving.accounts.map(newEvent);
  await serving.sendWebhook(events);
  const handled = await serving.waitForEvents(events);
  if (handled.size < events.length)
    throw new Error(`serve handled ${handled.size} of ${events.length} events of the warm-up`);
}
