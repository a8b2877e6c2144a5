/** What a topic has found in one directory, for whoever is told of it. */
import type { DirectoryRecord } from "../model/index.ts";
import type { EventWords } from "../notice/index.ts";
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

/** Something that a team may be told of. */
export interface Topic {
  /** Whether people are told that what they were told is over. */
  readonly tellsEnd: boolean;
  /** What is so now. `undefined`: this run cannot say, and what was told stays. */
  find(ports: RunPorts, record: DirectoryRecord): Promise<readonly Finding[] | undefined>;
  describe(run: string, records: readonly DirectoryRecord[], fresh: readonly FreshFindings[]): TopicWords;
}

export type TopicWords = Pick<EventWords, "subject" | "found" | "items" | "commands">;

/** A line each, behind the name of its directory. */
export const linesOf = (fresh: readonly FreshFindings[]): string[] =>
  fresh.flatMap(({ directory, findings }) => findings.map(({ line }) => `${directory}: ${line}`));

/** Like `1 account` or `3 accounts`. */
export function countOf(fresh: readonly FreshFindings[], noun: string): string {
  const count = fresh.reduce((sum, { findings }) => sum + findings.length, 0);
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
