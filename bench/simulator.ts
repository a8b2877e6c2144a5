/** The simulated PingOne in a process of its own, and what a benchmark asks of it. */
import * as v from "valibot";
import { startServer } from "./children.ts";

const saidSchema = v.object({
  endpoints: v.object({ api: v.string(), auth: v.string() }),
  environment: v.string(),
  credentials: v.object({ clientId: v.string(), clientSecret: v.string() }),
  control: v.string(),
});

/** Where it is and who may ask it. */
export type Vendor = v.InferOutput<typeof saidSchema>;

export interface Simulator {
  readonly vendor: Vendor;
  /** All calls since its start, by "METHOD route". */
  calls(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

export const PAGE = 1_000;

/** Everybody's MFA is on, so that a second sweep finds nothing to do. @param latency ms before each answer */
export async function startSimulator(accounts: number, latency: number): Promise<Simulator> {
  const options = { accounts, latency, share: 1, "page-size": PAGE };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { said, stop } = await startServer("simulators/pingone/index.ts", [...args, "--with-parent"]);
  const vendor = readVendor(said);
  const calls = async () => {
    const answer = await fetch(`${vendor.control}/calls?count`);
    return v.parse(v.record(v.string(), v.number()), await answer.json());
  };
  return { vendor, calls, stop };
}

export const readVendor = (value: unknown): Vendor => v.parse(saidSchema, value);
