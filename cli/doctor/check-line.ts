/** One line of what `doctor` found. */

import { describeFailure } from "../../lib/errors.ts";
import type { DoctorCheck } from "../../lib/model/index.ts";

export interface CheckLine extends DoctorCheck {
  /** Absent for what is no directory's. */
  readonly directory?: string;
}

export function failedCheck(name: string, error: unknown): CheckLine {
  return { name, result: "failed", detail: describeFailure(error) };
}
