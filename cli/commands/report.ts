/** `report`: the audit report of one run or of a past day, as a page and as tables, into a folder, beside the evidence, or packed. */

import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { WardenError } from "../../lib/errors.ts";
import { omitUndefined } from "../../lib/model/index.ts";
import {
  bucketStore,
  type Comparison,
  comparisonCounts,
  describeComparison,
  describePrevious,
  type Format,
  formatShare,
  formatsWith,
  PAGE_FILE,
  type ReportData,
  type ReportHead,
  type ReportOutput,
  reportFolder,
  type StoreFile,
  type WrittenReport,
  writeReport,
} from "../../lib/report/index.ts";
import { clock, openExisting, type Records, using } from "../local/laptop.ts";
import { folderStore } from "../report/folder.ts";
import { type Packed, writePack } from "../report/pack.ts";
import { acting, type StateOptions, withSigningKey, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, dim, green, red, yellow } from "../terminal/piece.ts";

interface ReportOptions extends StateOptions {
  readonly run?: string;
  readonly asOf?: string;
  readonly format: readonly string[];
  readonly out?: string;
  readonly pack?: string;
  readonly awsAccount?: string;
  readonly awsRegion?: string;
}

const DEFAULT_FORMATS = ["csv", "jsonl"];

export const reportCommand = (): Command =>
  withSigningKey(withState(new Command("report")))
    .description("Writes the audit report of a run, or of a past day: a page to look at, and tables of everybody")
    .option("--run <run>", "this run (default: the last one)")
    .addOption(
      new Option("--as-of <day>", "how things stood at the end of that day, like 2026-10-01").conflicts([
        "run",
        "pack",
      ]),
    )
    .option(
      "--format <names>",
      "tables beside the page: csv, jsonl, ocsf, oscal, asff, junit, or all",
      parseNames,
      DEFAULT_FORMATS,
    )
    .option("--out <dir>", "where it goes (default: reports/<run> of the state folder; with --aws: of the bucket)")
    .option("--pack <file.zip>", "also one archive for an auditor: report, evidence, policy, public key, verifier")
    .addOption(
      new Option("--aws-account <id>", "for asff: the account whose Security Hub gets the findings").env(
        "AWS_ACCOUNT_ID",
      ),
    )
    .addOption(new Option("--aws-region <name>", "for asff: its region").env("AWS_REGION"))
    .action(acting(report));

function parseNames(text: string): string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.every((name) => name !== "")) return names;
  throw new InvalidArgumentError("It is not a list of names with commas between them.");
}

async function report(options: ReportOptions): Promise<number> {
  const { signal } = new AbortController();
  return using(await openExisting(options, AbortSignal.timeout(60_000)), async (records) => {
    const { made, packed } = await makeReportAndPack(records, options, signal);
    const kept = packed === undefined || !isPackedAlone(options);
    if (options.json) results.json(jsonOf(made, kept, packed));
    else show(made, kept, packed);
    return made.head.incomplete.length > 0 || (made.comparison && "code" in made.comparison) ? 3 : 0;
  });
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
  const passing = isPackedAlone(options) ? mkdtempSync(join(tmpdir(), "mfa-warden-report-")) : undefined;
  try {
    const made = await makeReport(records, passing === undefined ? options : { ...options, out: passing }, signal);
    const source = { run: made.head.run, folder: made.place, files: made.files };
    return { made, packed: await writePack(pack, { ...records, signer }, source, signal) };
  } finally {
    if (passing !== undefined) await rm(passing, { recursive: true, force: true });
  }
}

/** What was made, and where. */
export interface MadeReport extends WrittenReport {
  readonly place: string;
  readonly page: string;
}

/** @param options without `run` and `asOf`: of the last run; without `format`: the page, CSV and JSON Lines */
export async function makeReport(
  records: Pick<Records, "ledger" | "evidence" | "place">,
  options: Partial<ReportOptions>,
  signal: AbortSignal,
): Promise<MadeReport> {
  const { run, asOf, format = DEFAULT_FORMATS } = options;
  let place = "";
  const prepare = (gathered: ReportData): ReportOutput => {
    const into = outputPlace(records, options, gathered.head);
    place = into.place;
    return { formats: chooseFormats(format, gathered, options), store: into.store };
  };
  const written = await writeReport({ ...records, clock }, { run, asOf, prepare }, signal);
  return { ...written, place, page: `${place.replace(/\/$/, "")}/${PAGE_FILE}` };
}

function outputPlace(
  { evidence, place }: Pick<Records, "evidence" | "place">,
  { out, aws }: Partial<ReportOptions>,
  { run, day }: ReportHead,
): { readonly place: string; readonly store: StoreFile } {
  const { stream } = evidence;
  const name = day === undefined ? run : `as-of-${day}`;
  if (aws && stream && out === undefined)
    return { place: `${evidence.place}${reportFolder(name)}`, store: bucketStore({ stream }, name) };
  const folder = out ?? join(place, reportFolder(name));
  return { place: folder, store: folderStore(folder) };
}

function chooseFormats(
  names: readonly string[],
  { policy }: ReportData,
  { awsAccount, awsRegion }: Partial<ReportOptions>,
): readonly Format[] {
  const aws =
    awsAccount === undefined || awsRegion === undefined ? undefined : { account: awsAccount, region: awsRegion };
  const known = formatsWith(omitUndefined({ aws, exemptions: policy?.exemptions }));
  if (names.includes("all")) return known;
  return names.map((name) => {
    const format = known.find((one) => one.name === name);
    if (format) return format;
    const why = name === "asff" ? "The format asff needs --aws-account and --aws-region" : `There is no format ${name}`;
    throw new WardenError("ERR_INPUT_INVALID", `${why}; there are ${known.map((one) => one.name).join(", ")}.`);
  });
}

const jsonOf = (
  { head, summary, comparison, files, place, page, rows }: MadeReport,
  kept: boolean,
  packed?: Packed,
) => ({
  run: head.run,
  status: head.status,
  incomplete: head.incomplete,
  ...omitUndefined({ day: head.day, asOf: head.asOf, rests: head.basis }),
  ...(kept ? { place, page } : {}),
  files,
  subjects: rows,
  verdicts: summary.counts,
  ...omitUndefined({
    difference: comparison && comparisonCounts(comparison),
    pack: packed && { ...packed, verify: verifyText(head, packed) },
  }),
});

/** As typed where the archive was unpacked. */
const verifyText = ({ run }: ReportHead, { heads, fingerprint }: Packed) =>
  `node verify.mjs . --pack --key public-key.pem --expect-key ${fingerprint} --from ${run} --expect-head ${heads.join(",")}`;

function show(made: MadeReport, kept: boolean, packed?: Packed): void {
  const { head, files, place, page } = made;
  showAnswer(made);
  if (made.comparison) showDifference(made.comparison);
  if (kept) {
    results.line(dim("page      "), page);
    results.line(dim("tables    "), files.slice(1).join(", "), dim(`  in ${place}`));
  }
  if (packed) showPack(head, packed);
}

function showAnswer(made: MadeReport): void {
  const { head, summary, coverage } = made;
  const { incomplete, run, day, asOf, basis = [] } = head;
  const what = day === undefined ? `run ${run} (${head.status})` : `what is known of ${day}`;
  if (incomplete.length > 0) results.line(red("INCOMPLETE"), `: ${what} is not the whole truth.`);
  for (const { code, message } of incomplete) results.line("  ", red(code), ` ${message}`);
  const open = summary.counts.violating + summary.counts.unknown;
  results.line(
    bold(day === undefined ? `Run ${run}` : `As of ${day}`),
    ...(asOf === undefined ? [] : [dim(`, until ${asOf}`)]),
    `  ${coverage.covered} of ${coverage.population} in scope are covered, ${formatShare(coverage.share)}; `,
    open > 0
      ? red(`${open} violating or unknown`)
      : isWholePopulation(made)
        ? green(NOBODY)
        : yellow(`${NOBODY} among those read`),
  );
  for (const sentence of basis) results.line("  ", sentence);
}

const NOBODY = "nobody is violating or unknown";
/** Only of a population that was read, and read whole, is it good news that nobody is. */
function isWholePopulation({ head, coverage: { population, unread } }: MadeReport): boolean {
  return head.incomplete.length === 0 && population > 0 && unread === 0;
}

function showDifference(compared: Comparison): void {
  const text = describeComparison(compared);
  if ("difference" in compared)
    results.line(dim("changes   "), `since ${describePrevious(compared.difference)}: ${text}`);
  else if (compared.code === undefined) results.line(dim("changes   "), text);
  else results.line(dim("changes   "), red(compared.code), ` ${text}`);
}

function showPack(head: ReportHead, packed: Packed): void {
  results.line(dim("pack      "), packed.file);
  for (const hash of packed.heads) results.line(dim("head      "), hash, dim("  tell the auditor by another way"));
  results.line(dim("key       "), packed.fingerprint, dim("  and this"));
  results.line(dim("check     "), verifyText(head, packed), dim("  where it was unpacked"));
}
