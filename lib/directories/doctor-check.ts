/** How a doctor's checks are made and told, in every vendor: passed, failed, or cannot be tested, each with what was seen. */

import { describeFailure, WardenError } from "../errors.ts";
import type { DoctorCheck } from "../model/index.ts";

/** What came of one check. */
export type CheckResult = Pick<DoctorCheck, "result" | "detail">;

export const passed = (detail: string): CheckResult => ({ result: "passed", detail });
export const failed = (detail: string): CheckResult => ({ result: "failed", detail });
export const untested = (detail: string): CheckResult => ({ result: "cannot be tested", detail });

/** Runs one check. A vendor's error is told by `onError`; any other error, and a caller that gave up, ends the doctor. */
export async function runCheck(
  name: string,
  work: () => Promise<CheckResult>,
  onError: (error: WardenError) => CheckResult = (error) => failed(describeFailure(error)),
): Promise<DoctorCheck> {
  try {
    return { name, ...(await work()) };
  } catch (error) {
    if (!(error instanceof WardenError) || error.code === "ERR_ABORTED") throw error;
    return { name, ...onError(error) };
  }
}

/** An error in one line, as the reason of an unknown fact tells it: the same from time to time. */
export const describeError = ({ code, message }: WardenError): string => `${code}: ${message}`;

/** Two clocks that may be only so far apart. */
export interface ClockComparison {
  readonly vendor: string;
  /** The vendor's clock, ISO 8601; absent if no answer showed it. */
  readonly date: string | undefined;
  /** Our clock, epoch ms. */
  readonly now: number;
  readonly maxSkewMs: number;
  /** What happens when they are further apart, like ", so passcodes are refused". */
  readonly consequence?: string;
}

export function compareClocks({ vendor, date, now, maxSkewMs, consequence = "" }: ClockComparison): CheckResult {
  if (date === undefined) return untested("No answer with a Date header was seen.");
  const skewMs = Math.abs(Date.parse(date) - now);
  const detail = `${vendor}'s clock and ours are ${Math.round(skewMs / 1000)} s apart`;
  if (skewMs <= maxSkewMs) return passed(`${detail}.`);
  return failed(`${detail}${consequence}; set this machine's clock.`);
}
