/** Accounts with every mixture of facts, each from its number alone, so the same in each run. */
import { hash } from "node:crypto";
import {
  type Device,
  type Fact,
  knownFact,
  NOT_ASKED,
  type Subject,
  type SubjectHistory,
  unknownFact,
} from "../../lib/model/index.ts";

/** The moment at which they are judged. */
export const NOW = Date.parse("2026-11-15T12:00:00Z");
export const POPULATIONS = ["4f2c7a10-0000-4000-8000-000000000001", "4f2c7a10-0000-4000-8000-000000000002"] as const;
export const SERVICE_GROUP = "7e0d1b7c-0000-4000-8000-000000000001";

const DAY_MS = 86_400_000;
const MAX_AGE_DAYS = 1_000;

export const idAt = (index: number): string => `${index.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;

export function drawSubject(index: number): { readonly subject: Subject; readonly history: SubjectHistory } {
  const bytes = hash("sha256", String(index), "buffer");
  const draw = (position: number) => (bytes[position] ?? 0) / 256;
  const drawFact = <T>(position: number, value: T): Fact<T> =>
    draw(position) < 0.01 ? unknownFact("The answer did not say") : knownFact(value);
  const createdAt = new Date(NOW - Math.floor(draw(1) ** 4 * MAX_AGE_DAYS * DAY_MS)).toISOString();
  const enabled = draw(2) < 0.8;
  const username = `${bytes.toString("base64url", 0, 6)}.${index}${draw(3) < 0.03 ? "-adm" : ""}@example.com`;
  const facts = {
    active: drawFact(4, draw(5) >= 0.02),
    enabled: drawFact(6, enabled),
    devices: draw(7) < 0.5 ? NOT_ASKED : drawFact(8, devicesOf(draw(9))),
    population: drawFact<string>(10, POPULATIONS[draw(11) < 0.95 ? 0 : 1]),
    groups: drawFact(12, draw(13) < 0.02 ? [SERVICE_GROUP] : []),
    createdAt: drawFact(14, createdAt),
  };
  const history = { firstSeenAt: createdAt, ...(enabled ? { enabledSince: createdAt } : {}) };
  return { subject: { id: idAt(index), username, facts }, history };
}

/** @param share 0 to 1: the tenth with the least have no device */
function devicesOf(share: number): Device[] {
  if (share < 0.1) return [];
  const method = share < 0.3 ? "fido2" : share < 0.6 ? "totp" : "sms";
  return [{ method, usable: share > 0.15 }];
}
