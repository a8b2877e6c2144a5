/** A run, its accounts and the names that nobody should have, for the tests of the formats. */
import type { DirectoryRecord, Verdict } from "../../../lib/model/index.ts";
import type { Format, ReportHead, ReportRow } from "../../../lib/report/data/index.ts";

const counts = { compliant: 0, pending: 0, violating: 0, grace: 0, exempt: 0, unknown: 0, "out-of-scope": 0 };
const changes = {
  planned: 0,
  enforced: 0,
  already: 0,
  "needs-user": 0,
  staged: 0,
  refused: 0,
  unverified: 0,
  failed: 0,
};

const directory: DirectoryRecord = {
  run: "01JRUN",
  id: "workforce",
  vendor: "pingone",
  status: "completed",
  mode: "plan",
  total: 9,
  read: 9,
  verdicts: counts,
  after: counts,
  changes,
  problems: [],
};

export const head: ReportHead = {
  run: "01JRUN",
  mode: "plan",
  status: "completed",
  origin: { by: "tester", how: "test" },
  policy: "ab".repeat(32),
  code: "0.1.0",
  startedAt: "2026-10-01T06:00:00.000Z",
  endedAt: "2026-10-01T06:10:00.000Z",
  madeAt: "2026-10-01T06:11:00.000Z",
  directories: [directory],
  incomplete: [],
};

export const incompleteHead: ReportHead = {
  ...head,
  status: "incomplete",
  incomplete: [
    {
      code: "ERR_READ_SHORT",
      directory: "workforce",
      message: 'The listing of "workforce" ended <early>, at 9 of 12.',
    },
  ],
};

export const row = (change: Partial<ReportRow> = {}): ReportRow => ({
  directory: "workforce",
  vendor: "pingone",
  kind: "account",
  id: "05ad3cc6-8723-4f85-9711-05ad549717f6",
  username: "jane@example.com",
  verdict: "violating",
  read: "violating",
  why: "MFA is off.",
  rule: "everyone",
  requirement: "registered",
  facts: { active: true, enabled: false, devices: [] },
  observedAt: "2026-10-01T06:05:00.000Z",
  since: "2026-09-01T06:05:00.000Z",
  ...change,
});

const ESC = String.fromCharCode(27);
const LONE = String.fromCharCode(0xd800);

/** What people put into user names. */
export const HOSTILE: readonly string[] = [
  "<script>alert(1)</script>",
  `"quoted", 'single' & <b>`,
  '=HYPERLINK("http://evil.example","x")',
  "+1+1",
  "-2+3",
  "@SUM(1)",
  "\t=1+1",
  "\r=1+1",
  "  =1+1",
  "\uff1d1+1",
  "x;=1+1;y",
  "x\t=1+1",
  'x",=1+1,"y',
  "\u202eevil\u202c\u200f",
  `${ESC}[31mred${ESC}[0m`,
  "a\nb\r\nc",
  "nul\0byte",
  `lone${LONE}surrogate`,
  "\u2028line\u2029paragraph\u0085next",
  "]]>&amp;<!--",
  "\ufffe\uffff",
  "x".repeat(300),
  "ü".repeat(300),
  "😀".repeat(300),
  "",
  "   ",
  "\\",
  "`[a](javascript:1)`",
];

export const hostileRows = (): ReportRow[] =>
  HOSTILE.flatMap((name, i) => [
    row({ id: `${i}-${name}`, username: name, why: name, rule: name || "empty", verdict: "violating" }),
    row({ id: `u${i}`, username: name, verdict: "unknown", read: "unknown", exemption: name }),
    row({ id: `e${i}`, username: name, verdict: "exempt", read: "exempt", exemption: name }),
  ]);

const VERDICTS: readonly Verdict[] = [
  "compliant",
  "pending",
  "violating",
  "grace",
  "exempt",
  "unknown",
  "out-of-scope",
];
/** Each verdict by each requirement, old and new, and one that was enforced. */
export const everyKind = (): ReportRow[] => [
  ...["enabled", "registered", "phishing-resistant", "profile", "none", undefined].flatMap((requirement, i) =>
    VERDICTS.flatMap((verdict, j) =>
      ["2026-09-01T06:05:00.000Z", "2026-10-01T06:05:00.000Z"].map((since, k) => {
        const {
          rule: _,
          requirement: __,
          ...unbound
        } = row({ id: `id-${i}-${j}-${k}`, verdict, read: verdict, since });
        if (requirement === undefined) return unbound;
        const kind = requirement === "profile" ? "profile" : "account";
        return { ...unbound, kind, requirement, rule: `rule-${requirement}` } satisfies ReportRow;
      }),
    ),
  ),
  row({
    id: "enforced",
    verdict: "compliant",
    outcome: "enforced",
    outcomeWhy: "The read-back shows it.",
    outcomeAt: "2026-10-01T06:08:00.000Z",
    factsAfter: { active: true, enabled: true, devices: ["totp"] },
  }),
];

/** All that a format writes for these rows. */
export function write(format: Format, of: ReportHead, rows: readonly ReportRow[]): string {
  const table = format.open(of);
  return table.begin() + rows.map((one) => table.row(one)).join("") + table.end();
}

/** One of the formats that need nothing from outside, by its name. */
export function named(formats: readonly Format[], name: string): Format {
  const found = formats.find((format) => format.name === name);
  if (!found) throw new Error(`there is no format ${name}`);
  return found;
}

export const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");
