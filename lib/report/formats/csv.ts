/**
 * The population as RFC 4180 CSV, for spreadsheets first: with a byte order mark, without which Excel takes UTF-8 for its
 * own code page, and with nothing in it that a spreadsheet would calculate.
 * The first column's heading is `run_status`; of an incomplete run it goes on with the warning, of a past day with the sweeps
 * it rests on, so that the first line says it while every other column keeps its name and its place; each row repeats the status.
 */

import type { RecordedFacts } from "../../model/index.ts";
import type { Format, ReportHead, ReportRow, TableWriter } from "../data/index.ts";
import { incompleteWarning, openingNotice } from "./notices.ts";
import { showControls } from "./text.ts";

const COLUMNS = [
  "directory",
  "vendor",
  "kind",
  "id",
  "username",
  "verdict",
  "requirement",
  "rule",
  "why",
  "since",
  "observed_at",
  "read_verdict",
  "exemption",
  "outcome",
  "outcome_why",
  "outcome_at",
  "active",
  "mfa_enabled",
  "devices",
  "population",
  "custodial",
  "run",
  // New columns come last: whoever reads by place reads on.
  "would_be",
] as const;

export const csvFormat: Format = {
  name: "csv",
  file: "population.csv",
  type: "text/csv; charset=utf-8; header=present",
  purpose: "for spreadsheets",
  open: openCsv,
};

function openCsv(head: ReportHead): TableWriter {
  const warning = incompleteWarning(head);
  const note = openingNotice(head);
  const status = note === undefined ? "run_status" : `run_status: ${note}`;
  const firstField = `${field(warning === undefined ? "complete" : `INCOMPLETE (${head.status})`)},`;
  // As of a past day each directory may rest on a run of its own.
  const runFields = new Map(head.directories.map(({ id, run }) => [id, `,${field(run)}`]));
  const runField = `,${field(head.run)}`;
  return {
    begin: () => `\ufeff${[status, ...COLUMNS].map(field).join(",")}\r\n`,
    row: (row) => `${firstField}${record(row)}${runFields.get(row.directory) ?? runField},${wouldBe(row)}\r\n`,
    end: () => "",
  };
}

function wouldBe({ planned, undoes }: ReportRow): string {
  if (!planned) return "";
  return undoes === undefined ? "changed" : "put back";
}

const record = (row: ReportRow): string =>
  `${field(row.directory)},${row.vendor},${row.kind},${field(row.id)},${field(row.username)},${row.verdict},` +
  `${row.requirement ?? ""},${field(row.rule)},${field(row.why)},${row.since},${row.observedAt},` +
  `${row.read},${field(row.exemption)},${row.outcome ?? ""},${field(row.outcomeWhy)},${row.outcomeAt ?? ""},` +
  factFields(row.factsAfter ?? row.facts) +
  (row.custodial ? ",yes" : ",");

const factFields = ({ active, enabled, devices, population }: RecordedFacts): string =>
  `${fact(active)},${fact(enabled)},${fact(devices)},${fact(population)}`;

/** Empty: the verdict does not rest on it. */
function fact(value: unknown): string {
  if (value === undefined) return "";
  if (value === null) return "unknown";
  return typeof value === "boolean"
    ? String(value)
    : field(Array.isArray(value) ? value.join(" ") || "none" : String(value));
}

/** Anything that must be looked at more closely: a quote, a separator, a sign that begins a formula, or no ASCII at all. */
const SPECIAL = /[",;|]|^ *[=+@-]|[^\x20-\x7e]/;
/**
 * What a spreadsheet takes for the beginning of a formula, its full-width forms too, as the first thing that shows. Also
 * behind other separators: where `;` or a tab divides the columns, a cell begins behind each.
 */
const FORMULA = /(^|[;,|\t"])([\s\u200b-\u200d\u2060\ufeff]*)([=+\-@\uff1d\uff0b\uff0d\uff20])/g;

function field(text: string | undefined): string {
  if (text === undefined) return "";
  if (!SPECIAL.test(text)) return text;
  const harmless = showControls(text).replace(FORMULA, "$1$2'$3");
  return /[",;|]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
