/** A made-up tenant over some days, with the product over it in memory, and reports over periods of it. */
import { WardenError } from "../../lib/errors.ts";
import type { PeriodPorts } from "../../lib/report/data/index.ts";
import { type WrittenPeriod, writePeriodReport } from "../../lib/report/index.ts";
import { type Account, DAY_MS, FIRST } from "./year-people.ts";
import { buildWorld } from "./year-world.ts";

export interface Life {
  readonly world: Awaited<ReturnType<typeof buildWorld>>;
  readonly accounts: Map<string, Account>;
  /** Files of the evidence that are read as these bytes, or are gone. */
  readonly meddled: Map<string, Uint8Array | undefined>;
  /** Sets the clock to an hour of a day of 2026, the first being 0. */
  at(day: number, hour: number): void;
  report(from: string, to: string, formats?: readonly string[]): Promise<Reported>;
  /** The ports that reports are made with. */
  readonly ports: PeriodPorts;
}

export interface Reported extends WrittenPeriod {
  /** Texts by name. */
  readonly texts: ReadonlyMap<string, string>;
}

/** One that can be changed. */
export const account = (enabled: boolean): Account => ({
  enabled,
  createdAt: FIRST - 100 * DAY_MS,
  refusesChanges: false,
});

/** Thirty accounts and more, one of which has MFA switched off. @param more ids of others that have it switched off */
export async function beginLife(more: readonly string[] = []): Promise<Life> {
  const time = { now: FIRST };
  const clock = () => time.now++;
  const accounts = new Map(Array.from({ length: 30 }, (_, i) => [`p${i}`, account(i !== 20)]));
  for (const id of more) accounts.set(id, account(false));
  const world = await buildWorld(accounts, clock);
  const meddled = new Map<string, Uint8Array | undefined>();
  const { evidence } = world.ports;
  const get = async (key: string) => {
    const bytes = meddled.has(key) ? meddled.get(key) : await evidence.get(key);
    if (bytes) return bytes;
    throw new WardenError("ERR_EVIDENCE_UNAVAILABLE", `There is no file ${key}.`);
  };
  const ports = { ...world.ports, evidence: { ...evidence, get } };
  return {
    world,
    accounts,
    meddled,
    ports,
    at: (day, hour) => {
      time.now = FIRST + day * DAY_MS + hour * 3_600_000;
    },
    async report(from, to, formats = ["csv", "jsonl"]) {
      const texts = new Map<string, string>();
      const storeFor = () => async (file: string, _: string, body: AsyncIterable<Uint8Array>) => {
        texts.set(file, Buffer.concat(await Array.fromAsync(body)).toString());
      };
      const written = await writePeriodReport(ports, { from, to, formats, storeFor }, AbortSignal.timeout(60_000));
      return { ...written, texts };
    },
  };
}
