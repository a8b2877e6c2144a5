/** Passcodes of an authenticator app (RFC 6238): each is sent once, and waited for where the last one was sent already. */

import { setTimeout as pause } from "node:timers/promises";
import { Secret, TOTP } from "otpauth";
import type { Clock } from "../../model/index.ts";

/** How long one passcode is good (RFC 6238 section 4.1). */
const STEP_MS = 30_000;

export interface PasscodeSource {
  /** Whether the passcode of this moment was sent already, so that the next one would be waited for. */
  isSpent(): boolean;
  /** A passcode that was never sent from here. A caller that gives up while it waits gets an `AbortError`. */
  next(signal: AbortSignal): Promise<string>;
}

/** @param seed base32 */
export function passcodeSource(clock: Clock, seed: string): PasscodeSource {
  const secret = Secret.fromBase32(seed);
  let lastStep = -1;
  const currentStep = () => Math.floor(clock() / STEP_MS);
  return {
    isSpent: () => lastStep >= currentStep(),
    next: async (signal) => {
      // A code is good for one use (RFC 6238 section 5.2).
      lastStep = Math.max(currentStep(), lastStep + 1);
      const timestamp = lastStep * STEP_MS;
      const waitMs = timestamp - clock();
      if (waitMs > 0) await pause(waitMs, undefined, { signal });
      return TOTP.generate({ secret, timestamp });
    },
  };
}
