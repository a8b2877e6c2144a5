/** The formats of the tables, by the names that `--format` takes. */

import type { Exemption } from "../../policy/index.ts";
import type { Format } from "../data/model.ts";
import { type AwsPlace, asff } from "./asff.ts";
import { csv } from "./csv.ts";
import { jsonl } from "./jsonl.ts";
import { junit } from "./junit.ts";
import { ocsf } from "./ocsf.ts";
import { oscal } from "./oscal.ts";

/** What a format may want to know and a run does not tell. */
export interface FormatNeeds {
  /** The account and region whose Security Hub gets the findings: without it there is no `asff`. */
  readonly aws?: AwsPlace;
  /** Of the policy that the run was judged by, for who approved them and until when; OSCAL names the deadlines. */
  readonly exemptions?: readonly Exemption[];
}

/** Throws `ERR_INPUT_INVALID` for an AWS account that cannot be one. */
export const formatsWith = ({ aws, exemptions = [] }: FormatNeeds): readonly Format[] => [
  ...[csv, jsonl, ocsf, oscal(exemptions)],
  ...(aws ? [asff(aws)] : []),
  junit,
];

/** Those that need nothing else. */
export const formats: readonly Format[] = formatsWith({});
