/**
 * The run as OSCAL 1.2.2 assessment results, one JSON document: what NIST SP 800-53 controls the evidence bears on, an
 * observation for each directory and rule with its counts and its worst accounts, and a finding for each control that our
 * evidence can show at least in part. The accounts one by one are in the tables, which every observation points at. Ids are
 * the same for the same run, subject and directory.
 * https://pages.nist.gov/OSCAL/reference/1.2.2/assessment-results/json-reference/
 */

import type { Exemption } from "../../policy/index.ts";
import type { Format, ReportHead, TableWriter } from "../data/index.ts";
import { openingNotice } from "./notices.ts";
import { objectivesOf } from "./oscal-findings.ts";
import { groupByRule } from "./oscal-population.ts";
import { resultOf } from "./oscal-result.ts";
import { escapeMarkdown, property, stableUuid } from "./oscal-values.ts";
import { jsonLine, shorten } from "./text.ts";

/** @param exemptions of the policy, for their deadlines and who approved them */
export const oscalFormat = (exemptions: readonly Exemption[]): Format => ({
  name: "oscal",
  file: "assessment-results.oscal.json",
  type: "application/json",
  purpose: "assessment results (OSCAL 1.2.2)",
  open: (head) => openOscal(head, exemptions),
});

function openOscal(head: ReportHead, exemptions: readonly Exemption[]): TableWriter {
  const groups = groupByRule();
  return {
    begin: () => `${jsonLine({ "assessment-results": openingOf(head) }).slice(0, -2)},\n`,
    row(row) {
      groups.add(row);
      return "";
    },
    end() {
      const population = groups.end();
      const objectives = objectivesOf(population);
      const remaining = {
        "local-definitions": objectives.length === 0 ? undefined : { "objectives-and-methods": objectives },
        results: [resultOf(head, population, exemptions)],
        ...tablesOf(head),
      };
      return `${jsonLine(remaining).slice(1)}}\n`;
    },
  };
}

const policyId = ({ policy }: ReportHead) => stableUuid(`policy/${policy}`);

function openingOf(head: ReportHead) {
  const { run, madeAt, code } = head;
  const title = openingNotice(head) ?? `MFA of every account, run ${run}`;
  return {
    uuid: stableUuid(`${run}/document/${madeAt}/${head.asOf ?? ""}`),
    metadata: {
      title: escapeMarkdown(title),
      "last-modified": madeAt,
      version: run,
      "oscal-version": "1.2.2",
      props: [property("tool-version", code), property("run-status", head.status), ...approvalProperties(head)],
    },
    "import-ap": {
      href: `#${policyId(head)}`,
      remarks: "There is no assessment plan of its own: the policy by which the run judged says what was to be tested.",
    },
  };
}

/** The plans that the run applied, by hash, with who approved each and when. */
const approvalProperties = ({ approvals }: ReportHead) =>
  (approvals?.applied ?? []).flatMap(({ directory, hash, undoes, decision }) => [
    property("approved-plan", `${directory} ${hash}`),
    property("approved-by", `${decision?.by} at ${decision?.at}`),
    ...(undoes === undefined ? [] : [property("undone-run", undoes)]),
  ]);

const tablesOf = (head: ReportHead) => ({
  "back-matter": {
    resources: [
      {
        uuid: policyId(head),
        title: "The policy that the run judged by",
        description: `SHA-256 of the policy: ${shorten(head.policy, 200)}`,
        rlinks: [{ href: `policies/${encodeURIComponent(head.policy)}.json` }],
      },
    ],
  },
});
