/** What the tests of a sweep share: a world whose accounts are all known, and what they look at afterwards. */
import assert from "node:assert/strict";
import { opener } from "../../functions/compose-ports.ts";
import type { Change, DirectoryRecord } from "../../lib/model/index.ts";
import type { ProgressEvent } from "../../lib/sweep/index.ts";
import type { PingOneSettings } from "../../simulators/pingone/index.ts";
import { startWorld, type World } from "../world.ts";

export const WORKFORCE = "workforce";
export const ACCOUNTS = 20;
/** The account whose MFA is off unless a test says otherwise. */
const TARGET = 5;

/** MFA is on for everybody but the accounts of these numbers, and everybody has a device. */
export async function inKnownWorld(
  body: (world: World) => Promise<void>,
  { off = [TARGET], accounts = ACCOUNTS, ...settings }: Partial<PingOneSettings> & { off?: number[] } = {},
): Promise<void> {
  const clock: { world?: World } = {};
  const world = await startWorld({
    accounts,
    now: () => Date.now() + (clock.world?.time.vendorAhead ?? 0),
    ...settings,
  });
  clock.world = world;
  try {
    const devices = [{ type: "TOTP", status: "ACTIVE" }];
    for (let i = 0; i < accounts; i++)
      world.vendor.change(world.vendor.account(i).id, { mfaEnabled: !off.includes(i), enabled: true, devices });
    await body(world);
  } finally {
    await world.close();
  }
}

/** Lets so much time pass, for us and for the vendor. @param ms from the present */
export function passTime({ time }: World, ms: number): void {
  time.ahead = ms;
  time.vendorAhead = ms;
}

export const targetOf = ({ vendor }: World) => vendor.account(TARGET).id;

/** The calls that change an account. */
export const changeCalls = ({ vendor }: World) => vendor.calls.filter(({ method }) => method === "PUT");

/** What a sweep says, but that the policy of a test lists no break-glass accounts: break-glass.test.ts sees to that. */
export const problemsOf = ({ problems }: Pick<DirectoryRecord, "problems">) =>
  problems.filter(({ code }) => code !== "ERR_BREAK_GLASS");

export const codesOf = (record: Pick<DirectoryRecord, "problems">) => problemsOf(record).map(({ code }) => code);

/** Of the problem with this code; empty where there is none. */
export const messageOf = ({ problems }: Pick<DirectoryRecord, "problems">, code: string): string =>
  problems.find((problem) => problem.code === code)?.message ?? "";

export const sumOf = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((a, b) => a + b, 0);

export const stateOf = async ({ ledger }: World, id: string) =>
  (await ledger.readStates(WORKFORCE, [id], true)).get(id);

/** The only change, or the first one, that a run planned. */
export async function changeOf({ ledger }: World, run: string): Promise<Change> {
  const [change] = (await Array.fromAsync(ledger.listChanges(run, WORKFORCE))).flat();
  assert.ok(change);
  return change;
}

/** Does `act` when the plan is made. */
export const whenPlanned = (act: () => void) => ({
  onProgress: ({ did }: ProgressEvent) => (did === "planned" ? act() : undefined),
});

/** Opens the vendor through something that may put other answers in the place of its own. */
export function throughProxy(
  world: World,
  answerWith: (answer: Response, url: string, method: string) => Promise<Response>,
) {
  const { policy, clock } = world.ports();
  const secret = { value: world.vendor.credentials, version: "1" };
  const call: typeof fetch = async (input, init) =>
    answerWith(await fetch(input, init), String(input), init?.method ?? "GET");
  return { open: opener(policy, { read: async () => secret }, call, clock) };
}
