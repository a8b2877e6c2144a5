/** `try`: what another policy would mean for everybody whom a run read, without a call to any vendor. */

import { Argument, Command, Option } from "commander";
import { vendors } from "../../lib/directories/index.ts";
import { WardenError } from "../../lib/errors.ts";
import { omitUndefined } from "../../lib/model/index.ts";
import { dayAfter, dayStarts, isDay } from "../../lib/policy/index.ts";
import { FINDINGS, type Finding, findingsIn, type Preview, previewPolicy } from "../../lib/preview/index.ts";
import { readPolicy } from "../input/policy-file.ts";
import { absolutePath, exitWith, parseNames, wholeNumber, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { previewMarkdown } from "../try/markdown.ts";
import { type RunChoice, withRecordedRun } from "../try/recorded-run.ts";
import { showPreview } from "../try/show-preview.ts";
import { workspaceFile, workspaceFileName } from "../workspace.ts";

interface TryOptions extends RunChoice {
  readonly json?: boolean;
  readonly format: "text" | "markdown";
  readonly on?: string;
  readonly accounts?: number;
  readonly failOn: readonly Finding[];
}

const DEADLINE_MS = 60_000;
const DEFAULT_LISTED = { text: 10, markdown: 0 };
const DEFAULT_FAIL_ON: readonly Finding[] = ["lower", "changes", "unknown", "guards"];
const INCOMPLETE = 3;
const FOUND = 4;

export const tryCommand = (): Command =>
  withState(new Command("try"))
    .description(
      "Says what another policy would mean for everybody whom a run read; calls no vendor and changes nothing",
    )
    .addArgument(
      new Argument("[policy]", "the other policy file")
        .argParser(absolutePath)
        .default(workspaceFile("policy"), workspaceFileName("policy")),
    )
    .option(
      "--against <run>",
      "a run, latest, or a folder with its evidence: a pack or an artifact, unpacked",
      "latest",
    )
    .option("--run <run>", "with a folder: this run (default: the newest in it)")
    .option("--on <day>", "by both policies as of the end of this day, like 2027-01-31 (default: when each was read)")
    .addOption(
      new Option(
        "--format <name>",
        "markdown: for a comment on a pull request, without names unless --accounts is given",
      )
        .choices(["text", "markdown"])
        .default("text")
        .conflicts("json"),
    )
    .option("--accounts <number>", "at most so many accounts by name for each effect", wholeNumber(0))
    .addOption(
      new Option("--fail-on <what>", `exit code 4 for any of these: ${FINDINGS.join(", ")}; or nothing`)
        .argParser(parseNames(FINDINGS))
        .default(DEFAULT_FAIL_ON, DEFAULT_FAIL_ON.join(",")),
    )
    .action(exitWith(tryPolicy));

async function tryPolicy(file: string, options: TryOptions): Promise<number> {
  const policy = readPolicy(file);
  const on = options.on === undefined ? undefined : endOf(options.on, policy.timezone);
  const listed = options.accounts ?? DEFAULT_LISTED[options.format];
  const traitsOf = (vendor: string) => (Object.hasOwn(vendors, vendor) ? vendors[vendor]?.accounts : undefined);
  const preview = await withRecordedRun(options, AbortSignal.timeout(DEADLINE_MS), (data) =>
    previewPolicy(data, { policy, traitsOf, listed, ...omitUndefined({ on }) }, new AbortController().signal),
  );
  const found = findingsIn(preview);
  if (options.json) results.json({ findings: found, ...preview });
  else if (options.format === "markdown") for (const line of previewMarkdown(preview, listed > 0)) results.line(line);
  else showPreview(preview, listed > 0);
  return exitCodeOf(preview, found, options.failOn);
}

function exitCodeOf({ incomplete }: Preview, found: readonly Finding[], failOn: readonly Finding[]): number {
  if (found.some((finding) => failOn.includes(finding))) return FOUND;
  return incomplete.length > 0 ? INCOMPLETE : 0;
}

/** Also of a day that is yet to come. */
function endOf(day: string, timezone: string): { readonly day: string; readonly at: number } {
  if (!isDay(day))
    throw new WardenError("ERR_INPUT_INVALID", `"${day.slice(0, 40)}" is no day; write it like 2026-10-01.`);
  return { day, at: dayStarts(timezone)(dayAfter(day)) - 1 };
}
