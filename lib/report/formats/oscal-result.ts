/** The result of an OSCAL document: what was assessed, what was observed, and the findings and risks of it. */

import type { DirectoryRecord } from "../../model/index.ts";
import type { Exemption } from "../../policy/index.ts";
import type { ReportHead } from "../data/index.ts";
import { csvFormat } from "./csv.ts";
import { jsonlFormat } from "./jsonl.ts";
import { asOfNotice, incompleteWarning } from "./notices.ts";
import { findingsOf, reviewedControls } from "./oscal-findings.ts";
import type { Population, RuleGroup } from "./oscal-population.ts";
import { risksOf } from "./oscal-risks.ts";
import { escapeMarkdown, property, stableUuid, unlessEmpty } from "./oscal-values.ts";
import { wouldBe } from "./would-be.ts";

export function resultOf(head: ReportHead, population: Population, exemptions: readonly Exemption[]) {
  const { run, startedAt, endedAt } = head;
  const observations = population.groups.map((group) => observationOf(run, group));
  const risks = risksOf(run, population, exemptions);
  const findings = findingsOf(head, population, risks);
  return {
    uuid: stableUuid(`${run}/result`),
    title: `Run ${run}`,
    description: descriptionOf(head),
    start: startedAt,
    end: endedAt,
    "local-definitions": definitionsOf(head, population),
    "reviewed-controls": reviewedControls(population),
    observations: unlessEmpty(observations),
    risks: unlessEmpty(risks),
    findings: unlessEmpty(findings),
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
    props: [
      property("username", row.username),
      property("verdict", row.verdict),
      property("since", row.since),
      ...[wouldBe(row) ?? []].flat().map((what) => property("would-be", what)),
    ],
    remarks: escapeMarkdown(row.why),
  }));
  return {
    components: unlessEmpty(components),
    "inventory-items": unlessEmpty(items),
  };
}

const componentText = (record: DirectoryRecord | undefined): string =>
  record
    ? `A directory of accounts at ${escapeMarkdown(record.vendor)}, of which ${record.read} were read.`
    : "A directory of accounts.";

function observationOf(run: string, group: RuleGroup) {
  const { directory, rule, requirement, verdicts, planned, worst, count } = group;
  const counted = Object.entries(verdicts).filter(([, many]) => many > 0);
  const many = counted.map(([verdict, number]) => `${number} ${verdict}`).join(", ");
  const plannedText = planned > 0 ? ` ${planned} would be changed: the run planned it, and did not make it.` : "";
  return {
    uuid: group.uuid(run),
    title: escapeMarkdown(`${directory}: ${rule}`),
    description: `Of ${count} subjects by rule ${escapeMarkdown(rule)} (${escapeMarkdown(requirement)}): ${many}.${plannedText}`,
    props: [...counted, ...(planned > 0 ? [["would-be-changed", planned] as const] : [])].map(([name, number]) =>
      property(name, String(number)),
    ),
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
    remarks: worst.length === 0 ? undefined : `The ${worst.length} worst are named; the tables name all.`,
  };
}
