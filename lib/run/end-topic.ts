/** The topic `run`: sweeps that did not end well, and that they do again. */
import { type DirectoryRecord, statusOfRun } from "../model/index.ts";
import { isNote } from "../sweep/index.ts";
import { type Finding, type FreshFindings, linesOf, type Topic, type TopicWords } from "./finding.ts";

export const endTopic: Topic = {
  tellsEnd: true,
  find: async (_, record) => badEndOf(record),
  describe,
};

/** What is a person's turn is told as a plan. */
const WELL: readonly string[] = ["completed", "awaiting-approval"];

function badEndOf({ status, problems }: DirectoryRecord): Finding[] {
  if (WELL.includes(status)) return [];
  const ended = status === "running" ? "failed" : status;
  const serious = problems.filter((problem) => !isNote(problem));
  const codes = [...new Set(serious.map(({ code }) => code))].toSorted();
  const [first] = serious;
  const reason = first === undefined ? "" : `: ${first.code}, ${first.message}`;
  return [{ fact: [ended, ...codes].join(" "), line: `${ended}${reason}` }];
}

function describe(run: string, records: readonly DirectoryRecord[], fresh: readonly FreshFindings[]): TopicWords {
  const status = statusOfRun(records.map((record) => (record.status === "running" ? "failed" : record.status)));
  const isBad = fresh.some(({ findings }) => findings.length > 0);
  const over = fresh.filter(({ isOver }) => isOver).map(({ directory }) => `${directory}: ends well again`);
  return {
    subject: isBad ? `MFA: a run ended as ${status}` : "MFA: sweeps end well again",
    found: isBad ? `ended as ${status}.` : "ended well where earlier ones did not.",
    items: [...linesOf(fresh), ...over],
    commands: [{ label: "Look at it", command: `report --run ${run}` }, ...runbookOf(fresh)],
  };
}

function runbookOf(fresh: readonly FreshFindings[]): TopicWords["commands"] {
  const codes = fresh.flatMap(({ findings }) => findings.flatMap(({ fact }) => fact.split(" ").slice(1)));
  if (codes.length === 0) return [];
  return [{ label: "What to do", command: `docs/runbook.md, ${[...new Set(codes)].join(", ")}` }];
}
