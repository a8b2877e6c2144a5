/** The people of the report's two runs, each from a number alone, so the same each time. */
import { hash } from "node:crypto";
import type { EvidenceRow } from "../../lib/evidence/index.ts";
import type { Change } from "../../lib/model/index.ts";
import { DIRECTORY } from "../shared/policy.ts";

/** One of the two runs. Both have the same people but for one in a thousand, and others of them violate. */
export interface SweptRun {
  readonly run: string;
  readonly at: string;
  readonly subjects: number;
  /** The number of the first of its people; the others follow. */
  readonly first: number;
}

const RUN = "01KBENCH00000000000000REPORT";
const RUN_BEFORE = "01KBENCH00000000000000BEFORE";
/** When the run was. */
export const AT = "2026-11-20T06:00:00.000Z";
const AT_BEFORE = "2026-11-19T06:00:00.000Z";
export const DAY_MS = 86_400_000;
const MAX_DAYS_SINCE = 900;

export const runOf = (subjects: number): SweptRun => ({ run: RUN, at: AT, subjects, first: 0 });

export const runBefore = (subjects: number): SweptRun => ({
  run: RUN_BEFORE,
  at: AT_BEFORE,
  subjects,
  first: Math.floor(subjects / 1_000),
});

/** What a run found of its hundred people: by the number of a person modulo 100. */
const WAITING = 1;
const UNKNOWN = 2;
const FIRST_COVERED = 6;
const OFFSET_BEFORE = 50;

const kindAt = (index: number, run: string) => (run === RUN ? index : index + OFFSET_BEFORE) % 100;

const BOUND = { rule: "everyone", requirement: "enabled" } as const;

/** Of a hundred people two violate, one is unknown, three are disabled. */
export function rowAt(index: number, { at, run }: SweptRun): EvidenceRow {
  const person = {
    id: idAt(index),
    username: usernameAt(index),
    observedAt: at,
    since: new Date(Date.parse(AT) - (index % MAX_DAYS_SINCE) * DAY_MS).toISOString(),
  };
  const kind = kindAt(index, run);
  if (kind <= WAITING)
    return { ...person, ...BOUND, facts: { active: true, enabled: false }, verdict: "violating", why: "MFA is off." };
  if (kind === UNKNOWN)
    return {
      ...person,
      ...BOUND,
      facts: { active: true, enabled: null },
      verdict: "unknown",
      why: "Whether MFA is on is not known: the answer did not say.",
    };
  if (kind < FIRST_COVERED)
    return {
      ...person,
      facts: { active: false, enabled: true },
      verdict: "out-of-scope",
      why: "The account is disabled.",
    };
  return { ...person, ...BOUND, facts: { active: true, enabled: true }, verdict: "compliant", why: "MFA is on." };
}

/** Of the two people of a hundred who violate, one was enforced and one has to act first. */
export async function* changesOf(swept: SweptRun, pageSize: number): AsyncGenerator<Change[]> {
  const { run, subjects, first } = swept;
  for (let start = 0; start < subjects; start += pageSize)
    yield Array.from({ length: Math.min(pageSize, subjects - start) }, (_, i) => first + start + i)
      .filter((index) => kindAt(index, run) <= WAITING)
      .map((index) => changeAt(index, swept));
}

function changeAt(index: number, { run, at }: SweptRun): Change {
  const change = {
    run,
    directory: DIRECTORY,
    id: idAt(index),
    username: usernameAt(index),
    ...BOUND,
    before: { active: true, enabled: false },
    author: "bench",
    step: 0,
    at,
  };
  if (kindAt(index, run) !== WAITING) return { ...change, outcome: "enforced", why: "the read-back shows MFA on" };
  const why = "no usable device, so switching on now could lock this person out";
  return { ...change, foreseen: true, outcome: "needs-user", why };
}

/** As hard to pack as a vendor's: the size as stored is then a real one. */
function idAt(index: number): string {
  const hex = hash("sha256", String(index));
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

const FIRST_NAMES = "ada grace linus radia dennis margaret ken hedy barbara alan".split(" ");
const LAST_NAMES = "lovelace hopper perlman hamilton ritchie lamarr liskov turing wirth dijkstra".split(" ");

const usernameAt = (index: number) =>
  `${FIRST_NAMES[index % 10]}.${LAST_NAMES[Math.floor(index / 10) % 10]}.${index}@example.com`;
