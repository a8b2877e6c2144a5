/** The options that make an exit code of what was found: `--fail-on` and `--new-since`. */

import { type Command, Option } from "commander";
import { parseNames } from "../terminal/options.ts";

/** `not-taken`: a change that was tried or refused and does not show. */
export const FINDINGS = ["violating", "unknown", "incomplete", "not-taken"] as const;
export type Finding = (typeof FINDINGS)[number];

export interface FindingOptions {
  readonly failOn?: readonly Finding[];
  readonly newSince?: string;
}

export const withFindings = (command: Command): Command =>
  command
    .addOption(
      new Option(
        "--fail-on <what>",
        `exit code 4 for any of these, and 0 for the others: ${FINDINGS.join(", ")}; or nothing`,
      ).argParser(parseNames(FINDINGS)),
    )
    .option(
      "--new-since <run>",
      "only who was not violating or unknown in that complete run counts for --fail-on (default: violating,unknown)",
    );
