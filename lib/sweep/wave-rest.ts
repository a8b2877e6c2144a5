/** The rest between two waves: without an invocation, while the directory's lease stays ours. */
import type { StepResult } from "../durable.ts";
import { type LeasedContext, runLeasedStep } from "./lease.ts";
import type { Wave } from "./waves.ts";

/** How much of the lease's time may pass before it is renewed. More often would take more of the engine's operations. */
const RENEWED_AFTER = 0.75;

const RESTED: StepResult<true> = { ok: true, value: true };

/** Rests before a wave as long as the order says. Fails if the lease is lost meanwhile. */
export async function restBefore(context: LeasedContext, { number }: Wave): Promise<StepResult<true>> {
  const { durable, order, ports } = context;
  const longest = Math.max(1, Math.floor(ports.leaseSeconds * RENEWED_AFTER));
  let secondsLeft = order.waveWaitSeconds ?? 0;
  for (let round = 1; secondsLeft > 0; round++) {
    const seconds = Math.min(longest, secondsLeft);
    secondsLeft -= seconds;
    await durable.wait(`wave-${number}-wait-${round}`, { seconds });
    // A step renews the lease before its work, and there is none.
    const renewed = await runLeasedStep<true>(context, `wave-${number}-renew-${round}`, async () => true);
    if (!renewed.ok) return renewed;
  }
  return RESTED;
}
