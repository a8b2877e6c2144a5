/** What a team may be told of a run, by topic: what each looks for in a directory, and the words for it. */
import { type DirectoryRecord, statusOfRun, type TeamTopic } from "../model/index.ts";
import type { EventWords } from "../notice/index.ts";
import { isNote } from "../sweep/index.ts";
import type { RunPorts } from "./ports.ts";

/** One thing to tell. */
export interface Finding {
  /** Names it, so that it is told once: the same for as long as the same is so. */
  readonly fact: string;
  /** One line, which may hold foreign text. */
  readonly line: string;
}

/** What was found in one directory, and was not told yet. */
export interface FreshFindings {
  readonly directory: string;
  readonly findings: readonly Finding[];
  /** Something was told before, and nothing is so any more. */
  readonly isOver: boolean;
}

export interface Topic {
  /** Whether people are told that something told is over. */
  readonly tellsEnd: boolean;
  /** What is so now. `undefined`: this run cannot say, and what was told stays. */
  find(ports: RunPorts, record: DirectoryRecord, signal: AbortSignal): Promise<readonly Finding[] | undefined>;
  describe(run: string, records: readonly DirectoryRecord[], fresh: readonly FreshFindings[]): TopicWords;
}

type TopicWords = Pick<EventWords, "subject" | "found" | "items" | "commands">;

export const TOPICS: Readonly<Record<TeamTopic, Topic>> = {
  run: {
    tellsEnd: true,
    find: async (_, record) => badEndOf(record),
    describe: describeRun,
  },
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

function describeRun(run: string, records: readonly DirectoryRecord[], fresh: readonly FreshFindings[]): TopicWords {
  const statuses = records.map(({ status }) => (status === "running" ? "failed" : status));
  const isBad = fresh.some(({ findings }) => findings.length > 0);
  const codes = [...new Set(fresh.flatMap(({ findings }) => findings.map(({ fact }) => fact.split(" ")[1] ?? "")))];
  return {
    subject: isBad ? `MFA: a run ended as ${statusOfRun(statuses)}` : "MFA: sweeps end well again",
    found: isBad ? `ended as ${statusOfRun(statuses)}.` : "ended well where earlier ones did not.",
    items: fresh.flatMap(({ directory, findings, isOver }) => [
      ...findings.map(({ line }) => `${directory}: ${line}`),
      ...(isOver ? [`${directory}: ends well again`] : []),
    ]),
    commands: [
      { label: "Look at it", command: `report --run ${run}` },
      ...(codes.some((code) => code !== "")
        ? [{ label: "What to do", command: `docs/runbook.md, ${codes.filter((code) => code !== "").join(", ")}` }]
        : []),
    ],
  };
}
