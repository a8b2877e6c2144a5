/** The name of a run: one that a schedule started has the same one however often its start is delivered. */
import { createHash } from "node:crypto";
import type { RunOrder } from "./ports.ts";

/** https://github.com/ulid/spec */
const ULID_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TIME_DIGITS = 10;
const HASH_DIGITS = 16;

/** A ULID; for a scheduled start of its time, schedule and order. @param ulid makes a new one for any other */
export function nameRun(order: RunOrder, ulid: () => string): string {
  const time = Date.parse(order.scheduledAt ?? "");
  if (Number.isNaN(time)) return ulid();
  const { origin, mode, directories = null, scheduledAt } = order;
  const hash = createHash("sha256")
    .update(JSON.stringify([origin.by, mode, directories, scheduledAt]))
    .digest();
  const digits = [...hash.subarray(0, HASH_DIGITS)].map((byte) => ULID_DIGITS[byte % ULID_DIGITS.length]);
  return `${timeDigits(time)}${digits.join("")}`;
}

function timeDigits(time: number): string {
  let left = time;
  let digits = "";
  for (let i = 0; i < TIME_DIGITS; i++) {
    digits = `${ULID_DIGITS[left % ULID_DIGITS.length]}${digits}`;
    left = Math.floor(left / ULID_DIGITS.length);
  }
  return digits;
}
