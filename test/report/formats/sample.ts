/** Heads and rows of every kind for the tests of the formats, and what a format makes of them. */
import { VERDICTS } from "../../../lib/model/index.ts";
import type { Format, ReportHead, ReportRow } from "../../../lib/report/data/index.ts";
import { directoryRecord, reportHead, reportRow } from "../builders.ts";
import { HOSTILE_NAMES } from "../hostile-names.ts";

export const head: ReportHead = reportHead({ mode: "plan", directories: [directoryRecord({ mode: "plan" })] });

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

export const hostileRows = (): ReportRow[] =>
  HOSTILE_NAMES.flatMap((name, i) => [
    reportRow({ id: `${i}-${name}`, username: name, why: name, rule: name || "empty", verdict: "violating" }),
    reportRow({ id: `u${i}`, username: name, verdict: "unknown", read: "unknown", exemption: name }),
    reportRow({ id: `e${i}`, username: name, verdict: "exempt", read: "exempt", exemption: name }),
  ]);

/** Each verdict by each requirement, old and new, and one that was enforced. */
export const everyKind = (): ReportRow[] => [
  ...["enabled", "registered", "phishing-resistant", "profile", "none", undefined].flatMap((requirement, i) =>
    VERDICTS.flatMap((verdict, j) =>
      ["2026-09-01T06:05:00.000Z", "2026-10-01T06:05:00.000Z"].map((since, k) => {
        const {
          rule: _,
          requirement: __,
          ...unbound
        } = reportRow({ id: `id-${i}-${j}-${k}`, verdict, read: verdict, since });
        if (requirement === undefined) return unbound;
        const kind = requirement === "profile" ? "profile" : "account";
        return { ...unbound, kind, requirement, rule: `rule-${requirement}` } satisfies ReportRow;
      }),
    ),
  ),
  reportRow({
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
export function findFormat(formats: readonly Format[], name: string): Format {
  const found = formats.find((format) => format.name === name);
  if (!found) throw new Error(`there is no format ${name}`);
  return found;
}

export const linesOf = (text: string): string[] => text.split("\n").filter((line) => line !== "");
