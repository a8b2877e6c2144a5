/** A time span as typed, like `7d` or `12h`. */

import { InvalidArgumentError } from "commander";

const UNIT_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 };

/** In ms: whole hours or days, at least one. */
export function parseTimeSpan(text: string): number {
  const [, count = "", unit = ""] = /^([1-9]\d{0,3})([hd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (unitMs !== undefined) return Number(count) * unitMs;
  throw new InvalidArgumentError("It must be hours or days, like 12h or 7d.");
}
