/**
 * What a run found as SARIF 2.1.0, for the code scanning of a repository: a result for each account that violates, and for each that
 * could not be assessed, at the line of its rule in the policy file. What the file leaves out for GitHub's limits it says in a result
 * of its own; an incomplete run begins with one, since an alert that is missing would count as fixed.
 * https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json
 * https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit
 */

import { deflateRawSync } from "node:zlib";
import type { Format, ReportHead, ReportRow, TableWriter } from "../data/index.ts";
import { csvFormat } from "./csv.ts";
import { asOfNotice, incompleteWarning } from "./notices.ts";
import {
  fingerprintOf,
  INCOMPLETE_RULE,
  literal,
  locationOf,
  noticeDescriptor,
  type PolicyLocation,
  ruleDescriptor,
  ruleIdOf,
  subjectResult,
  UNLISTED_RULE,
} from "./sarif-findings.ts";
import { jsonLine } from "./text.ts";
import { PRODUCT_NAME } from "./vocabulary.ts";

const ANY_POLICY: PolicyLocation = { file: "policy.yaml", ruleLines: new Map() };

export const sarifFormat = (policy: PolicyLocation = ANY_POLICY): Format => ({
  name: "sarif",
  file: "findings.sarif",
  type: "application/sarif+json",
  purpose: "findings for code scanning (SARIF 2.1)",
  open: (head) => openSarif(head, policy),
});

/** GitHub takes 25,000 results a run; two are kept for what the file says of itself. */
const MAX_RESULTS = 25_000 - 2;
/** GitHub takes 10 MB when packed; the rest is for what stands around the results. */
const MAX_PACKED_BYTES = 9_000_000;
/** They come after those who violate: so many are kept until then. GitHub shows no more than 5,000 results. */
const MAX_UNKNOWN = 5_000;

const SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

function openSarif(head: ReportHead, policy: PolicyLocation): TableWriter {
  const rules = new Map<string, object>();
  const results = resultList();
  const unknown: string[] = [];
  const left = { violating: 0, unknown: 0 };
  const warning = incompleteWarning(head);
  function noteRule(row: ReportRow): void {
    const id = ruleIdOf(row);
    if (!rules.has(id)) rules.set(id, ruleDescriptor(id, row.requirement));
  }
  return {
    begin() {
      const start = `{"version":"2.1.0","$schema":"${SCHEMA}","runs":[{"results":[`;
      if (warning === undefined) return start;
      rules.set(INCOMPLETE_RULE, noticeDescriptor(INCOMPLETE_RULE, "The run did not read everybody"));
      return start + results.notice(jsonLine(noticeResult(INCOMPLETE_RULE, warning, policy)));
    },
    row(row) {
      const { verdict } = row;
      if (verdict !== "violating" && verdict !== "unknown") return "";
      noteRule(row);
      const result = () => jsonLine(subjectResult(row, verdict, policy));
      if (verdict === "unknown") {
        if (unknown.length < MAX_UNKNOWN) unknown.push(result());
        else left.unknown++;
        return "";
      }
      if (!results.isFull()) return results.add(result());
      left.violating++;
      return "";
    },
    end() {
      let text = "";
      for (const result of unknown) {
        if (results.isFull()) left.unknown++;
        else text += results.add(result);
      }
      const cut = cutText(left);
      if (cut !== undefined) {
        rules.set(UNLISTED_RULE, noticeDescriptor(UNLISTED_RULE, "Not all findings are listed"));
        text += results.notice(jsonLine(noticeResult(UNLISTED_RULE, cut, policy)));
      }
      const notices = [warning, asOfNotice(head), cut].filter((notice) => notice !== undefined);
      return `${text}],${jsonLine(closing(head, [...rules.values()], notices)).slice(1)}]}\n`;
    },
  };
}

/** Results as they are written, within what GitHub takes. */
function resultList() {
  let count = 0;
  let packed = 0;
  let open = "";
  const separated = (result: string, isFirst: boolean) => `${isFirst ? "" : ","}\n${result}`;
  let written = 0;
  return {
    isFull: () => count >= MAX_RESULTS || packed >= MAX_PACKED_BYTES,
    add(result: string): string {
      count++;
      open += result;
      if (open.length >= PACKED_AT_ONCE) {
        packed += deflateRawSync(open).length;
        open = "";
      }
      return separated(result, written++ === 0);
    },
    /** Counts as none of the results. */
    notice: (result: string): string => separated(result, written++ === 0),
  };
}

/** Packed together it all comes to no more than in pieces of this size. */
const PACKED_AT_ONCE = 65_536;

function cutText({ violating, unknown }: { readonly violating: number; readonly unknown: number }): string | undefined {
  const parts = [
    ...(violating > 0 ? [`${violating} more violating`] : []),
    ...(unknown > 0 ? [`${unknown} more unknown`] : []),
  ];
  if (parts.length === 0) return undefined;
  return `${parts.join(" and ")}: this file is cut to what GitHub takes; ${csvFormat.file} lists them all.`;
}

const noticeResult = (rule: string, text: string, policy: PolicyLocation) => ({
  ruleId: rule,
  level: "error",
  message: { text: literal(text) },
  locations: [locationOf(undefined, policy)],
  partialFingerprints: { primaryLocationLineHash: fingerprintOf([rule]) },
});

/** What stands behind the results: only then it is known which rules they are of. */
function closing(head: ReportHead, rules: readonly object[], notices: readonly string[]): object {
  const { run, status, code, startedAt, endedAt, policy, incomplete } = head;
  return {
    tool: { driver: { name: PRODUCT_NAME, version: code, rules } },
    // GitHub takes what stands before the last slash for what is compared from run to run.
    automationDetails: { id: `${PRODUCT_NAME}/${run}` },
    invocations: [
      {
        executionSuccessful: status === "completed" && incomplete.length === 0,
        startTimeUtc: startedAt,
        endTimeUtc: endedAt,
        toolExecutionNotifications: notices.map((notice) => ({ level: "warning", message: { text: literal(notice) } })),
      },
    ],
    columnKind: "utf16CodeUnits",
    properties: { run, status, policy },
  };
}
