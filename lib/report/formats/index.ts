/** The formats of the tables, by the names that `--format` takes. */

import type { Exemption } from "../../policy/index.ts";
import type { Format } from "../data/index.ts";
import { asffFormat } from "./asff.ts";
import type { SecurityHubTarget } from "./asff-findings.ts";
import { csvFormat } from "./csv.ts";
import { jsonlFormat } from "./jsonl.ts";
import { junitFormat } from "./junit.ts";
import { ocsfFormat } from "./ocsf.ts";
import { oscalFormat } from "./oscal.ts";
import { sarifFormat } from "./sarif.ts";
import type { PolicyLocation } from "./sarif-findings.ts";

/** What a format may want to know and a run does not tell. */
export interface FormatOptions {
  /** The account and region whose Security Hub gets the findings: without it there is no `asff`. */
  readonly aws?: SecurityHubTarget;
  /** Of the policy that the run was judged by, for who approved them and until when; OSCAL names the deadlines. */
  readonly exemptions?: readonly Exemption[];
  /** Where the rules stand that SARIF points at. */
  readonly policyLocation?: PolicyLocation;
}

/** All formats that can be written with these options. Throws `ERR_INPUT_INVALID` for an AWS account that cannot be one. */
export const formatsWith = ({ aws, exemptions = [], policyLocation }: FormatOptions): readonly Format[] => [
  csvFormat,
  jsonlFormat,
  ocsfFormat,
  oscalFormat(exemptions),
  ...(aws ? [asffFormat(aws)] : []),
  junitFormat,
  sarifFormat(policyLocation),
];

export type { SecurityHubTarget } from "./asff-findings.ts";
export { comparisonCounts, DIFFERENCE_FILE, differenceJson, exemptionJson } from "./difference-json.ts";
export { PEOPLE_FILE, peopleCounts, peopleJson } from "./people-json.ts";
export type { PolicyLocation } from "./sarif-findings.ts";

/** The formats that need no options. */
export const formats: readonly Format[] = formatsWith({});

export { changesCsv, exemptionsCsv, gapsCsv, rulesCsv, runsCsv } from "./period-csv.ts";
export { PERIOD_FILE, periodJson, periodLines } from "./period-json.ts";
