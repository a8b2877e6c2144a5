/** `report`: the audit report of one run, of a past day or over a period, as a page and as tables, into a folder, beside the evidence, or packed. */

import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { WardenError } from "../../lib/errors.ts";
import { omitUndefined } from "../../lib/model/index.ts";
import { expectedDirectories } from "../../lib/report/index.ts";
import { concludeFindings, findingJudge } from "../findings/judge.ts";
import { type FindingOptions, withFindings } from "../findings/options.ts";
import { openExistingRecords, type Records, withRecords } from "../local/records.ts";
import { makePeriodReport } from "../report/make-period.ts";
import { DEFAULT_FORMATS, type MadeReport, makeReport, type ReportChoice } from "../report/make-report.ts";
import { type Packed, writePack } from "../report/pack.ts";
import { writePeriodPack } from "../report/pack-period.ts";
import { periodJson, showMadePeriod } from "../report/show-period.ts";
import { reportJson, showMadeReport } from "../report/show-report.ts";
import {
  exitWith,
  pathOption,
  policyOption,
  type StateOptions,
  withReports,
  withSigningKey,
  withState,
} from "../terminal/options.ts";
import { results } from "../terminal/output.ts";

interface ReportOptions extends StateOptions, FindingOptions, Omit<ReportChoice, "aws"> {
  readonly pack?: string;
  /** With `to`: a period of whole days, UTC. */
  readonly from?: string;
  readonly to?: string;
}

const OPEN_DEADLINE_MS = 60_000;
const INCOMPLETE = 3;

export const reportCommand = (): Command =>
  withFindings(withReports(withSigningKey(withState(new Command("report")))))
    .description("Writes the audit report of a run, of a past day, or over a period: a page to look at, and tables")
    .option("--run <run>", "this run (default: the one that ended last)")
    .addOption(
      new Option("--as-of <day>", "how things stood at the end of that day, like 2026-10-01").conflicts([
        "run",
        "pack",
        "failOn",
        "newSince",
      ]),
    )
    .addOption(
      new Option("--from <day>", "over a period of whole days, UTC: its first day, like 2026-01-01").conflicts([
        "run",
        "asOf",
        "failOn",
        "newSince",
      ]),
    )
    .option("--to <day>", "with --from: its last day (default: today)")
    .option(
      "--format <names>",
      "tables beside the page: csv, jsonl, ocsf, oscal, asff, junit, sarif, or all",
      parseFormatNames,
      DEFAULT_FORMATS,
    )
    .addOption(
      pathOption(
        "--out <dir>",
        "where it goes (default: reports/<run> of the state folder; with --aws: of the bucket for reports)",
      ),
    )
    .addOption(
      pathOption(
        "--pack <file.zip>",
        "also one archive for an auditor: report, evidence, policy, public key, verifier",
      ),
    )
    .addOption(
      new Option("--aws-account <id>", "for asff: the account whose Security Hub gets the findings").env(
        "AWS_ACCOUNT_ID",
      ),
    )
    .addOption(new Option("--aws-region <name>", "for asff: its region").env("AWS_REGION"))
    .addOption(policyOption("for sarif: the policy file of the repository, whose rules the findings point at"))
    .action(exitWith(report));

function parseFormatNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.every((name) => name !== "")) return names;
  throw new InvalidArgumentError("It is not a list of names with commas between them.");
}

async function report(options: ReportOptions): Promise<number> {
  const { signal } = new AbortController();
  return withRecords(await openExistingRecords(options, AbortSignal.timeout(OPEN_DEADLINE_MS)), async (records) => {
    const { from } = options;
    if (from !== undefined) return reportPeriod(records, { ...options, from }, signal);
    if (options.to !== undefined)
      throw new WardenError("ERR_INPUT_INVALID", "--to needs --from: name the first day of the period, too.");
    const judge = await findingJudge(records, options);
    const { made, packed } = await makeReportAndPack(records, options, signal);
    const findings = await judge?.(made.head.directories, expectedDirectories(made.head));
    const kept = packed === undefined || !isPackedAlone(options);
    if (options.json) results.json({ ...reportJson(made, kept, packed), ...omitUndefined({ findings }) });
    else showMadeReport(made, kept, packed);
    const isWhole = made.head.incomplete.length === 0 && !(made.comparison && "code" in made.comparison);
    return concludeFindings(findings, isWhole ? 0 : INCOMPLETE);
  });
}

async function reportPeriod(
  records: Records,
  options: ReportOptions & { readonly from: string },
  signal: AbortSignal,
): Promise<number> {
  const { from, to, format = DEFAULT_FORMATS, out, pack } = options;
  // First, so that a key that nobody named stops it before the work.
  const signer = pack === undefined ? undefined : records.signer();
  const temporary = isPackedAlone(options) ? mkdtempSync(join(tmpdir(), "mfa-warden-report-")) : undefined;
  try {
    const made = await makePeriodReport(records, omitUndefined({ from, to, format, out: temporary ?? out }), signal);
    const packed = pack && signer && (await writePeriodPack(pack, { ...records, signer }, made, signal));
    if (options.json) results.json(periodJson(made, temporary === undefined, packed || undefined));
    else showMadePeriod(made, temporary === undefined, packed || undefined);
    return made.summary.incomplete.length === 0 ? 0 : INCOMPLETE;
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  }
}

/** Nobody asked for a folder, and a pack needs none beside it in AWS. */
const isPackedAlone = ({ aws, out, pack }: ReportOptions) => pack !== undefined && aws === true && out === undefined;

interface ReportAndPack {
  readonly made: MadeReport;
  readonly packed?: Packed;
}

async function makeReportAndPack(
  records: Records,
  options: ReportOptions,
  signal: AbortSignal,
): Promise<ReportAndPack> {
  const { pack } = options;
  if (pack === undefined) return { made: await makeReport(records, options, signal) };
  // First, so that a key that nobody named stops it before the work.
  const signer = records.signer();
  const temporary = isPackedAlone(options) ? mkdtempSync(join(tmpdir(), "mfa-warden-report-")) : undefined;
  try {
    const made = await makeReport(records, temporary === undefined ? options : { ...options, out: temporary }, signal);
    const source = { run: made.head.run, folder: made.place, files: made.files };
    return { made, packed: await writePack(pack, { ...records, signer }, source, signal) };
  } finally {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
  }
}
