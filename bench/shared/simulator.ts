/** The simulated PingOne in a process of its own, and what the benchmark asks of it. */
import * as v from "valibot";
import { startServer } from "./processes.ts";

/** Where a simulated tenant is and who may ask it. */
export const tenantSchema = v.object({
  endpoints: v.object({ api: v.string(), auth: v.string() }),
  environment: v.string(),
  credentials: v.object({ clientId: v.string(), clientSecret: v.string() }),
  control: v.string(),
});
export type SimulatedTenant = v.InferOutput<typeof tenantSchema>;

export interface Simulator {
  readonly tenant: SimulatedTenant;
  /** All calls since its start, by "METHOD route". */
  countCalls(): Promise<Record<string, number>>;
  stop(): Promise<void>;
}

export const PAGE_SIZE = 1_000;

/** Starts it with MFA on for everybody, so that a second sweep finds nothing to do. */
async function startSimulator(accounts: number, latency: number, populations?: number): Promise<Simulator> {
  const ofEqualSize = populations === undefined ? {} : { populations };
  const options = { accounts, latency, share: 1, "page-size": PAGE_SIZE, ...ofEqualSize };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { startMessage, stop } = await startServer("simulators/pingone/index.ts", [...args, "--with-parent"]);
  const tenant = v.parse(tenantSchema, startMessage);
  return {
    tenant,
    async countCalls() {
      const answer = await fetch(`${tenant.control}/calls?count`);
      return v.parse(v.record(v.string(), v.number()), await answer.json());
    },
    stop,
  };
}

/**
 * Starts a simulator, as `startSimulator` does, and ends it when `work` has ended. @param latency ms before each answer
 * @param populations of equal size; default: three of very different size
 */
export async function withSimulator<T>(
  accounts: number,
  latency: number,
  work: (simulator: Simulator) => Promise<T>,
  populations?: number,
): Promise<T> {
  const simulator = await startSimulator(accounts, latency, populations);
  try {
    return await work(simulator);
  } finally {
    await simulator.stop();
  }
}
