/** Row of judging: decide() alone, over a million accounts of every kind, on one core. */
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
import { decide, type Policy } from "../../lib/policy/index.ts";
import { type Row, thousands } from "../table.ts";
import { compile, policyText } from "./ports.ts";

const ACCOUNTS = 1_000_000;
/** Made, judged and dropped so many at a time; only the judging is timed. */
const CHUNK = 50_000;
const NOW = Date.parse("2026-11-15T12:00:00Z");
const DAY = 86_400_000;
const TARGET = 1_000_000;

const nowhere = "http://127.0.0.1:9";
const populations = ["4f2c7a10-0000-4000-8000-000000000001", "4f2c7a10-0000-4000-8000-000000000002"];
const serviceGroup = "7e0d1b7c-0000-4000-8000-000000000001";

/** Every mixture of facts from a number alone, the same in each run. */
function subjectAt(index: number): { readonly subject: Subject; readonly past: SubjectHistory } {
  const dice = hash("sha256", String(index), "buffer");
  const draw = (place: number) => (dice[place] ?? 0) / 256;
  const fact = <T>(place: number, value: T): Fact<T> =>
    draw(place) < 0.01 ? unknownFact("The answer did not say") : knownFact(value);
  const createdAt = new Date(NOW - Math.floor(draw(1) ** 4 * 1000 * DAY)).toISOString();
  const on = draw(2) < 0.8;
  const username = `${dice.toString("base64url", 0, 6)}.${index}${draw(3) < 0.03 ? "-adm" : ""}@example.com`;
  const facts = {
    active: fact(4, draw(5) >= 0.02),
    enabled: fact(6, on),
    devices: draw(7) < 0.5 ? NOT_ASKED : fact(8, devicesOf(draw(9))),
    population: fact(10, populations[draw(11) < 0.95 ? 0 : 1] ?? ""),
    groups: fact(12, draw(13) < 0.02 ? [serviceGroup] : []),
    createdAt: fact(14, createdAt),
  };
  const past = { firstSeenAt: createdAt, ...(on ? { enabledSince: createdAt } : {}) };
  return { subject: { id: idAt(index), username, facts }, past };
}

function devicesOf(share: number): Device[] {
  if (share < 0.1) return [];
  const method = share < 0.3 ? "fido2" : share < 0.6 ? "totp" : "sms";
  return [{ method, usable: share > 0.15 }];
}

const idAt = (index: number) => `${index.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;

/** Three rules, everyone, and twenty exemptions. */
function policy(): Policy {
  const exemptions = Array.from(
    { length: 20 },
    (_, i) => `
  - account: { id: workforce/${idAt(i * 997)} }
    reason: Hardware key on order
    ticket: SEC-${i}
    approvedBy: ciso@example.com
    from: 2026-11-01
    until: 2026-12-15`,
  );
  const text = `rules:
  - name: break-glass
    match: { accounts: [{ id: workforce/${idAt(7)} }, { id: workforce/${idAt(70_007)} }] }
    require: phishing-resistant
    enforce: never
  - name: service
    match: { groups: [workforce/${serviceGroup}] }
    require: none
    reason: No person signs in
  - name: admins
    match: { populations: [workforce/${populations[1]}], usernames: ["*-adm@example.com"] }
    require: registered
  - name: everyone
    match: all
    require: enabled
    grace: 7d
    from: 2026-10-01
exemptions:${exemptions.join("")}
`;
  const environment = "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6";
  return compile(policyText({ environment, endpoints: { api: nowhere, auth: nowhere } }, text));
}

export function measureJudging(): Row {
  const rules = policy();
  const counts: Record<string, number> = {};
  const taken = { cpu: 0, wall: 0 };
  judge(rules, 0, {}, { cpu: 0, wall: 0 });
  for (let from = 0; from < ACCOUNTS; from += CHUNK) judge(rules, from, counts, taken);
  const rate = ACCOUNTS / taken.cpu;
  const verdicts = Object.entries(counts).map(([verdict, count]) => `${thousands(count)} ${verdict}`);
  return {
    what: "judging alone, one core",
    target: `≥ ${thousands(TARGET)} accounts/s`,
    measured: `${thousands(rate)} accounts/s`,
    met: rate >= TARGET,
    note: `by CPU time of all threads, by the clock ${thousands(ACCOUNTS / taken.wall)}; ${thousands(ACCOUNTS)} accounts, 4 rules, 20 exemptions: ${verdicts.join(", ")}`,
    figures: { accounts: ACCOUNTS, seconds: taken, verdicts: counts },
  };
}

interface Taken {
  cpu: number;
  wall: number;
}

/** Judges one chunk; its verdicts and seconds are added to `counts` and `taken`. */
function judge(rules: Policy, from: number, counts: Record<string, number>, taken: Taken): void {
  const subjects = Array.from({ length: CHUNK }, (_, i) => subjectAt(from + i));
  const cpu = process.cpuUsage();
  const started = performance.now();
  for (const { subject, past } of subjects) {
    const { verdict } = decide(subject, "workforce", rules, past, NOW);
    counts[verdict] = (counts[verdict] ?? 0) + 1;
  }
  taken.wall += (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  taken.cpu += (user + system) / 1e6;
}
