/** What one step of reading came to, added up from its pages. */
import { type ReadSegment, storeDigests } from "../evidence/index.ts";
import {
  addCounts,
  type Evidence,
  noChanges,
  noVerdicts,
  type Outcome,
  omitUndefined,
  type Problem,
  type Verdict,
} from "../model/index.ts";
import { type Cautions, cautionsOf, firstNames } from "./cautions.ts";
import type { JudgedPage } from "./judge-page.ts";

/** The vendor's clock and ours at one answer, in ms. */
export interface ClockReading {
  readonly vendor: number;
  readonly ours: number;
}

/** How far the two are apart, in ms. */
export const skewOf = ({ vendor, ours }: ClockReading): number => Math.abs(vendor - ours);

/** The engine keeps it as JSON, so its keys never change. `problem`: the listing broke off here; what was read before stays recorded. */
export interface ReadStep {
  readonly part?: ReadSegment;
  /** Cursor of the next page; absent when there is none. */
  readonly next?: string;
  /** What the last page's answer claimed that there are. */
  readonly claimed?: number;
  /** The cursor of the last page read; absent for the first page of all. */
  readonly lastCursor?: string;
  readonly problem?: Problem;
  /** Digests of the cursors used, to know a loop. */
  readonly cursors: readonly string[];
  /** Names this attempt; the changes of an attempt that died do not count. */
  readonly author: string;
  readonly verdicts: Record<Verdict, number>;
  readonly planned: number;
  /** Of those planned, how many have their outcome already; only what there is, since most sweeps have none. */
  readonly foreseen: Partial<Record<Outcome, number>>;
  /** Refused because somebody else has changed the account a moment ago. Absent in what an earlier version wrote. */
  readonly recent?: number;
  /** People who are to be told of a coming change. Absent in what an earlier version wrote. */
  readonly toTell?: number;
  readonly cautions: Cautions;
  readonly renamed: number;
  /** The first of them. Absent in what an earlier version wrote. */
  readonly renamedNames?: readonly string[];
  /** Wanted by the policy, and not listed by the vendor. Absent in what an earlier version wrote. */
  readonly absent?: number;
  /** Administrators who violate, by id, the first 200. Absent where there is none, or nobody is told of them. */
  readonly administrators?: readonly string[];
  /** Accounts that were there before the total was asked for. Absent where nobody asks. */
  readonly settled?: number;
  /** How its accounts were given keys to be joined by; absent where they were given none. */
  readonly people?: string;
  readonly clocks: readonly ClockReading[];
}

/** A page and what became of it; its subjects are let go. */
export interface ReadPage extends JudgedPage {
  readonly cursor: string | undefined;
  readonly claimed: number | undefined;
  readonly clock: ClockReading | undefined;
  readonly settled: number | undefined;
}

/** What a step has read when it ends. */
export interface PagesRead {
  /** Of the step, from 0. */
  readonly number: number;
  readonly author: string;
  readonly cursors: readonly string[];
  readonly pages: readonly ReadPage[];
  readonly people: string | undefined;
  readonly next?: string | undefined;
  readonly problem?: Problem | undefined;
}

interface Store {
  readonly evidence: Evidence;
  readonly folder: string;
}

export async function readStepOf(store: Store, read: PagesRead): Promise<ReadStep> {
  const { pages, people, next, problem, cursors, author } = read;
  const last = pages.at(-1);
  return omitUndefined({
    part: pages.length === 0 ? undefined : await storeSegment(store, read),
    next,
    claimed: last?.claimed,
    lastCursor: last?.cursor,
    problem,
    cursors,
    author,
    verdicts: pages.reduce((sum, { verdicts }) => addCounts(sum, verdicts), noVerdicts()),
    planned: pages.reduce((sum, { planned }) => sum + planned, 0),
    foreseen: predeterminedIn(pages),
    recent: pages.reduce((sum, { recent }) => sum + recent, 0),
    toTell: pages.reduce((sum, { toTell }) => sum + toTell, 0),
    cautions: cautionsOf(pages.flatMap(({ cautions }) => cautions)),
    renamed: pages.reduce((sum, { renamed }) => sum + renamed, 0),
    renamedNames: firstNames(pages.flatMap(({ renamedNames }) => renamedNames)),
    absent: pages.reduce((sum, { absent }) => sum + absent, 0),
    administrators: firstAdministrators(pages.flatMap(({ administrators }) => administrators)),
    settled: last?.settled === undefined ? undefined : pages.reduce((sum, { settled = 0 }) => sum + settled, 0),
    people,
    clocks: [pages[0]?.clock, last?.clock].filter((clock) => clock !== undefined),
  });
}

const MAX_ADMINISTRATORS = 200;

/** Each once; `undefined` for none. */
export function firstAdministrators(ids: readonly string[]): readonly string[] | undefined {
  const first = [...new Set(ids)].slice(0, MAX_ADMINISTRATORS);
  return first.length > 0 ? first : undefined;
}

function predeterminedIn(pages: readonly ReadPage[]): ReadStep["foreseen"] {
  const counts = pages.reduce((sum, { predetermined }) => addCounts(sum, predetermined), noChanges());
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0));
}

async function storeSegment({ evidence, folder }: Store, { number, pages }: PagesRead): Promise<ReadSegment> {
  const digests = Buffer.concat(pages.map((page) => page.digests));
  const ids = await storeDigests(evidence, `${folder}/ids-${padNumber(number)}.bin`, digests);
  return { pages: pages.map(({ stored }) => stored), ids };
}

/** As names of files have it. */
export const padNumber = (number: number) => String(number).padStart(5, "0");
