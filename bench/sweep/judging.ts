/** Row of judging: decide() alone, over a million accounts of every kind, against parsing their pages. */
import { decide, type Policy } from "../../lib/policy/index.ts";
import { fixed, listCounts, thousands } from "../shared/figures.ts";
import { compilePolicy, DIRECTORY, policyText, UNREACHABLE_TENANT } from "../shared/policy.ts";
import { startStopwatch } from "../shared/stopwatch.ts";
import { type Row, ratioRow } from "../shared/table.ts";
import { timeParsing } from "./parsed-pages.ts";
import { drawSubject, idAt, NOW, POPULATIONS, SERVICE_GROUP } from "./random-subjects.ts";

const ACCOUNTS = 1_000_000;
/** Drawn, judged and dropped so many at a time; only the judging is timed. */
const CHUNK_ACCOUNTS = 50_000;
const MAX_RATIO = 0.6;
const EXEMPTIONS = 20;

interface Judged {
  cpuSeconds: number;
  seconds: number;
  /** Accounts by verdict. */
  readonly verdicts: Record<string, number>;
}

export async function measureJudging(): Promise<Row> {
  const policy = judgingPolicy();
  const judged: Judged = { cpuSeconds: 0, seconds: 0, verdicts: {} };
  // The first chunk warms up.
  judgeChunk(policy, 0, { cpuSeconds: 0, seconds: 0, verdicts: {} });
  for (let start = 0; start < ACCOUNTS; start += CHUNK_ACCOUNTS) judgeChunk(policy, start, judged);
  const { cpuSeconds, seconds, verdicts } = judged;
  const parseSeconds = await timeParsing(ACCOUNTS);
  return ratioRow({
    what: "judging ÷ JSON.parse of the same accounts' pages, CPU",
    ratio: cpuSeconds / parseSeconds,
    maxRatio: MAX_RATIO,
    detail: `${thousands(ACCOUNTS / cpuSeconds)} accounts/s`,
    note: `by CPU time of all threads, by the clock ${thousands(ACCOUNTS / seconds)}; floor ${fixed(parseSeconds)} s; ${thousands(ACCOUNTS)} accounts, 4 rules, ${EXEMPTIONS} exemptions: ${listCounts(verdicts)}`,
    figures: { accounts: ACCOUNTS, seconds: { cpu: cpuSeconds, wall: seconds, parse: parseSeconds }, verdicts },
  });
}

/** Adds one chunk to `judged`. */
function judgeChunk(policy: Policy, start: number, judged: Judged): void {
  const drawn = Array.from({ length: CHUNK_ACCOUNTS }, (_, i) => drawSubject(start + i));
  const { verdicts } = judged;
  const readStopwatch = startStopwatch();
  for (const { subject, history } of drawn) {
    const { verdict } = decide(subject, DIRECTORY, policy, history, NOW);
    verdicts[verdict] = (verdicts[verdict] ?? 0) + 1;
  }
  const { seconds, cpuSeconds } = readStopwatch();
  judged.seconds += seconds;
  judged.cpuSeconds += cpuSeconds;
}

/** Three rules, everyone, and twenty exemptions. */
function judgingPolicy(): Policy {
  const exemptions = Array.from(
    { length: EXEMPTIONS },
    (_, i) => `
  - account: { id: workforce/${idAt(i * 997)} }
    reason: Hardware key on order
    ticket: SEC-${i}
    approvedBy: ciso@example.com
    control: Sign-in limited to the office network
    owner: iam@example.com
    from: 2026-11-01
    until: 2026-12-15`,
  );
  return compilePolicy(policyText(UNREACHABLE_TENANT, `${RULES}exemptions:${exemptions.join("")}\n`));
}

const RULES = `rules:
  - name: break-glass
    match: { accounts: [{ id: workforce/${idAt(7)} }, { id: workforce/${idAt(70_007)} }] }
    require: phishing-resistant
    enforce: never
  - name: service
    match: { groups: [workforce/${SERVICE_GROUP}] }
    require: none
    reason: No person signs in
  - name: admins
    match: { populations: [workforce/${POPULATIONS[1]}], usernames: ["*-adm@example.com"] }
    require: registered
  - name: everyone
    match: all
    require: enabled
    grace: 7d
    from: 2026-10-01
`;
