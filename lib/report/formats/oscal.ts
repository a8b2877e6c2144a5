/**
 * The run as OSCAL 1.2.2 assessment results, one JSON document: what NIST SP 800-53 controls the evidence bears on, an
 * observation for each directory and rule with its counts and its worst accounts, and a finding for each control that our
 * evidence can show at least in part. The accounts one by one are in the tables, which every observation points at. Ids are
 * the same for the same run, subject and directory.
 * https://pages.nist.gov/OSCAL/reference/1.2.2/assessment-results/json-reference/
 */

import type { DirectoryRecord } from "../../model/index.ts";
import type { Exemption } from "../../policy/index.ts";
import type { Format, ReportHead, TableWriter } from "../data/index.ts";
import { csvFormat } from "./csv.ts";
import { jsonlFormat } from "./jsonl.ts";
import { asOfNotice, incompleteWarning, openingNotice } from "./notices.ts";
import { findingsOf, objectivesOf, reviewedControls } from "./oscal-findings.ts";
import { groupByRule, type Population, type RuleGroup } from "./oscal-groups.ts";
import { risksOf } from "./oscal-risks.ts";
import { escapeMarkdown, property, stableUuid } from "./oscal-words.ts";
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
    begin: () => `${jsonLine({ "assessment-results": beginning(head) }).slice(0, -2)},\n`,
    row(row) {
      groups.add(row);
      return "";
    },
    end() {
      const population = groups.end();
      const objectives = objectivesOf(population);
      const rest = {
        ...(objectives.length > 0 ? { "local-definitions": { "objectives-and-methods": objectives } } : {}),
        results: [resultOf(head, population, exemptions)],
        ...tablesOf(head),
      };
      return `${jsonLine(rest).slice(1)}}\n`;
    },
  };
}

const policyId = ({ policy }: ReportHead) => stableUuid(`policy/${policy}`);

function beginning(head: ReportHead) {
  const { run, madeAt, code } = head;
  const title = openingNotice(head) ?? `MFA of every account, run ${run}`;
  return {
    uuid: stableUuid(`${run}/document/${madeAt}/${head.asOf ?? ""}`),
    metadata: {
      title: escapeMarkdown(title),
      "last-modified": madeAt,
      version: run,
      "oscal-version": "1.2.2",
      props: [property("tool-version", code), property("run-status", head.status)],
    },
    "import-ap": {
      href: `#${policyId(head)}`,
      remarks: "There is no assessment plan of its own: the policy by which the run judged says what was to be tested.",
    },
  };
}

function resultOf(head: ReportHead, population: Population, exemptions: readonly Exemption[]) {
  const { run, startedAt, endedAt } = head;
  const observations = population.groups.map((group) => observationOf(run, group));
  const risks = risksOf(run, population, exemptions);
  const findings = findingsOf(head, population, risks);
  return {
    uuid: stableUuid(`${run}/result`),
    title: `Run ${run}`,
    description: descriptionOf(head),
    start: startedAt,
    ...(endedAt === undefined ? {} : { end: endedAt }),
    "local-definitions": definitionsOf(head, population),
    "reviewed-controls": reviewedControls(population),
    ...(observations.length > 0 ? { observations } : {}),
    ...(risks.length > 0 ? { risks } : {}),
    ...(findings.length > 0 ? { findings } : {}),
    remarks: "A control on which the evidence is only supporting has no finding: neither state would be true of it.",
  };
}

const descriptionOf = (head: ReportHead): string =>
  [
    ...(incompleteWarning(head) === undefined ? [] : [escapeMarkdown(incompleteWarning(head) ?? "")]),
    "Every account of each directory was read through the vendor's API and judged by the policy.",
    ...(asOfNotice(head) === undefined ? [] : [escapeMarkdown(asOfNotice(head) ?? "")]),
  ].join(" ");

const directoryId = (id: string) => stableUuid(`directory/${id}`);
const subjectId = (directory: string, id: string) => stableUuid(`subject/${directory}/${id}`);

function definitionsOf({ directories }: ReportHead, { groups }: Population) {
  const ids = new Set([...directories.map(({ id }) => id), ...groups.map(({ directory }) => directory)]);
  const components = Array.from(ids, (id) => ({
    uuid: directoryId(id),
    type: "service",
    title: escapeMarkdown(id),
    description: componentText(directories.find((one) => one.id === id)),
    status: { state: "operational" },
  }));
  const worst = groups.flatMap(({ directory, worst }) => worst.map((row) => ({ directory, row })));
  const items = worst.map(({ directory, row }) => ({
    uuid: subjectId(directory, row.id),
    description: `${row.kind} ${escapeMarkdown(row.id)} of ${escapeMarkdown(directory)}`,
    props: [property("username", row.username), property("verdict", row.verdict), property("since", row.since)],
    remarks: escapeMarkdown(row.why),
  }));
  return {
    ...(components.length > 0 ? { components } : {}),
    ...(items.length > 0 ? { "inventory-items": items } : {}),
  };
}

const componentText = (record: DirectoryRecord | undefined): string =>
  record
    ? `A directory of accounts at ${escapeMarkdown(record.vendor)}, of which ${record.read} were read.`
    : "A directory of accounts.";

function observationOf(run: string, group: RuleGroup) {
  const { directory, rule, requirement, verdicts, worst, count } = group;
  const counted = Object.entries(verdicts).filter(([, many]) => many > 0);
  const many = counted.map(([verdict, number]) => `${number} ${verdict}`).join(", ");
  return {
    uuid: group.uuid(run),
    title: escapeMarkdown(`${directory}: ${rule}`),
    description: `Of ${count} subjects by rule ${escapeMarkdown(rule)} (${escapeMarkdown(requirement)}): ${many}.`,
    props: counted.map(([verdict, number]) => property(verdict, String(number))),
    methods: ["TEST"],
    types: ["control-objective"],
    subjects: [
      { "subject-uuid": directoryId(directory), type: "component" },
      ...worst.map(({ id }) => ({ "subject-uuid": subjectId(directory, id), type: "inventory-item" })),
    ],
    "relevant-evidence": [
      { href: csvFormat.file, description: "Every account with its verdict, as a table." },
      { href: jsonlFormat.file, description: "The same, for programs." },
    ],
    collected: group.collected,
    ...(worst.length > 0 ? { remarks: `The ${worst.length} worst are named; the tables name all.` } : {}),
  };
}

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
