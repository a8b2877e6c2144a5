/** `serve` as a person starts it, over an embedded stack and a simulated PingOne, each a process of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { ulid } from "ulid";
import * as v from "valibot";
import { joinStack } from "../../cli/state/stack.ts";
import { documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import type { SubjectState } from "../../lib/model/index.ts";
import { type Child, cpuOf, productFlags, startServer } from "../children.ts";
import { type Simulator, startSimulator } from "../simulator.ts";
import { policyText } from "../sweep/ports.ts";
import { bodyOf, type Happened, type HookTo, happened, now, post } from "./load.ts";

/** One line of `serve --json`. `at` is ms since 1970. */
const toldSchema = v.object({
  at: v.pipe(
    v.string(),
    v.transform((at) => Date.parse(at)),
  ),
  events: v.array(v.string()),
  did: v.string(),
  outcome: v.optional(v.string()),
});
export type Told = v.InferOutput<typeof toldSchema>;

const callsSchema = v.array(v.object({ n: v.number(), at: v.number(), user: v.optional(v.string()) }));
export type VendorCall = v.InferOutput<typeof callsSchema>[number];

export interface Serving {
  /** Ids of accounts that the ledger knows as compliant. */
  readonly accounts: readonly string[];
  /** Milliseconds before each answer of the vendor. */
  readonly latency: number;
  switchOff(account: string): Promise<void>;
  /** Sends one webhook. */
  announce(events: readonly Happened[]): Promise<void>;
  /** What became of each event, by its id; waits for all of them, and a minute at most. */
  told(events: readonly Happened[]): Promise<Map<string, Told>>;
  /** All calls of the vendor so far. */
  calls(): Promise<VendorCall[]>;
  states(): Promise<Map<string, SubjectState>>;
  /** CPU used so far, in ms, where the system tells. */
  cpu(): { readonly serve: number | undefined; readonly stack: number | undefined };
  stop(): Promise<void>;
}

const DIRECTORY = "workforce";
export const CREDENTIAL = "Bearer the-benchmark-sends-this";
const TOLD_MS = 60_000;
const RULES = `rules:
  - name: everyone
    match: all
    require: enabled
limits:
  changesPerDay: 100000
`;
const DEVICES = [{ type: "TOTP", status: "ACTIVE" }];

/** @param accounts how many to make for events, beside those that are there anyway */
export async function startServing(accounts: number, latency: number): Promise<Serving> {
  const state = mkdtempSync(join(tmpdir(), "warden-bench-"));
  const simulator = await startSimulator(10, latency);
  const stack = await joinStack(state, AbortSignal.timeout(30_000));
  const told = new Map<string, Told>();
  const child = await startServe(state, simulator, (line) => {
    const news = v.parse(toldSchema, JSON.parse(line));
    // What failed comes again.
    if (news.did !== "failed") for (const id of news.events) told.set(id, news);
  });
  const hook: HookTo = { url: hookOf(child), authorization: CREDENTIAL };
  const client = documentClient(stack.clients.dynamodb);
  const ledger = dynamoLedger({ client, table: stack.table, clock: Date.now, ulid });
  const ids: string[] = [];
  for (let i = 0; i < accounts; i++) ids.push(await makeAccount(simulator));

  const serving: Serving = {
    accounts: ids,
    latency,
    switchOff: async (id) => void (await steer(simulator, "change", { id, patch: { mfaEnabled: false } })),
    announce: (events) => post(hook, bodyOf(events, simulator.vendor.environment)),
    async told(events) {
      const until = now() + TOLD_MS;
      while (!events.every(({ id }) => told.has(id)) && now() < until) await wait(20);
      return new Map(told);
    },
    calls: async () => v.parse(callsSchema, await (await fetch(`${simulator.vendor.control}/calls`)).json()),
    states: () => ledger.readStates(DIRECTORY, ids, true),
    cpu: () => ({ serve: cpuOf(child.pid), stack: cpuOf(stack.pid) }),
    async stop() {
      client.destroy();
      await child.stop();
      await Promise.all([stack.stop(), simulator.stop()]);
      rmSync(state, { recursive: true, force: true });
    },
  };
  await warmUp(serving);
  return serving;
}

function startServe(state: string, { vendor }: Simulator, onLine: (line: string) => void): Promise<Child> {
  const policy = join(state, "policy.yaml");
  const secrets = join(state, "secrets.json");
  writeFileSync(policy, policyText(vendor, RULES));
  writeFileSync(secrets, JSON.stringify({ [DIRECTORY]: { ...vendor.credentials, hooks: [CREDENTIAL] } }), {
    mode: 0o600,
  });
  const options = { state, policy, secrets, port: "0" };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  return startServer("cli/warden.ts", ["serve", "--json", ...args], productFlags(), onLine);
}

function hookOf({ said }: Child): string {
  const schema = v.object({ directories: v.tuple([v.object({ hook: v.string() })]) });
  return v.parse(schema, said).directories[0].hook;
}

async function steer({ vendor }: Simulator, name: string, body: object): Promise<unknown> {
  const answer = await fetch(`${vendor.control}/${name}`, { method: "POST", body: JSON.stringify(body) });
  const said: unknown = await answer.json();
  if (answer.ok) return said;
  throw new Error(`The simulator does not ${name}: ${JSON.stringify(said)}`);
}

async function makeAccount(simulator: Simulator): Promise<string> {
  const user = await steer(simulator, "join", { enabled: true, mfaEnabled: true, devices: DEVICES });
  return v.parse(v.object({ id: v.string() }), user).id;
}

/** Everybody is looked at once, while everybody is on. */
async function warmUp(serving: Serving): Promise<void> {
  const events = serving.accounts.map(happened);
  await serving.announce(events);
  const told = await serving.told(events);
  if (told.size < events.length)
    throw new Error(`serve handled ${told.size} of ${events.length} events of the warm-up`);
}
