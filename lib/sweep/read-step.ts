/** One step of reading: takes the next pages and judges each while the one after it is fetched. */
import { hash } from "node:crypto";
import { problemOf, WardenError } from "../errors.ts";
import { MAX_CLOCK_SKEW_MS } from "../model/index.ts";
import { judgePage } from "./judge-page.ts";
import { type FetchedPage, fetchAhead, type PageAhead, takePage } from "./page-ahead.ts";
import type { JudgeContext } from "./page-changes.ts";
import {
  type ClockReading,
  type PagesRead,
  padNumber,
  type ReadPage,
  type ReadStep,
  readStepOf,
  skewOf,
} from "./read-result.ts";

/** A step ends at whichever comes first. At the usual 1,000 accounts a page that is 10 pages. */
const MAX_ROWS_PER_STEP = 10_000;
const MAX_PAGES_PER_STEP = 50;
const MAX_STEP_DURATION_MS = 60_000;

export interface ReadContext extends JudgeContext {
  readonly ulid: () => string;
  /** Where this run's files of this directory go. */
  readonly folder: string;
  readonly pageAhead: PageAhead;
  readonly onPage: (accounts: number) => void;
  /** Counts the accounts that were there when the total was asked for: at this time by our clock, in ms. */
  readonly totalAskedAt?: number;
}

/** Where a step begins. */
export interface ReadPosition {
  /** Of the step, from 0. */
  readonly number: number;
  /** Of its first page; the first page of all has none. */
  readonly cursor: string | undefined;
  /** Digests of the cursors that earlier steps used. */
  readonly usedCursors: ReadonlySet<string>;
}

/** A step under way. */
interface ReadAttempt extends ReadPosition {
  readonly author: string;
  /** Digests of the cursors that it used. */
  readonly cursors: string[];
  readonly pages: ReadPage[];
  /** Ids that it has planned a change for. */
  readonly planned: Set<string>;
}

export async function readPages(context: ReadContext, position: ReadPosition, signal: AbortSignal): Promise<ReadStep> {
  const attempt: ReadAttempt = {
    ...position,
    author: context.ulid(),
    cursors: [],
    pages: [],
    planned: new Set(),
  };
  const { number, author, cursors, pages } = attempt;
  const end = await readUntilFull(context, attempt, signal);
  return readStepOf(context, { number, author, cursors, pages, people: context.personKeyer?.digest, ...end });
}

/** What breaks the listing off is a problem of the step; what was read before it counts. */
async function readUntilFull(
  context: ReadContext,
  attempt: ReadAttempt,
  signal: AbortSignal,
): Promise<Pick<PagesRead, "next" | "problem">> {
  const startedAt = context.clock();
  let { cursor } = attempt;
  try {
    do cursor = await readPage(context, attempt, cursor, signal);
    while (cursor !== undefined && !isFull(attempt.pages, context.clock() - startedAt));
    return { next: cursor };
  } catch (error) {
    return { problem: problemOf(error, context.id) };
  }
}

function isFull(pages: readonly ReadPage[], elapsedMs: number): boolean {
  if (pages.length >= MAX_PAGES_PER_STEP || elapsedMs >= MAX_STEP_DURATION_MS) return true;
  return pages.reduce((sum, { stored }) => sum + stored.count, 0) >= MAX_ROWS_PER_STEP;
}

/** Answers the cursor of the page after it. */
async function readPage(
  context: ReadContext,
  attempt: ReadAttempt,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { number, author, cursors, pages, planned } = attempt;
  const digest = digestCursor(cursor);
  if (attempt.usedCursors.has(digest) || cursors.includes(digest)) throw loopError(context.id);
  const page = await takePage(context, cursor);
  cursors.push(digest);
  if (page.next !== undefined) fetchAhead(context, page.next);
  const key = `${context.folder}/page-${padNumber(number)}-${padNumber(pages.length)}.ndjson.gz`;
  const clock = clockReadingOf(page);
  const isClockWrong = clock !== undefined && skewOf(clock) > MAX_CLOCK_SKEW_MS;
  const judged = await judgePage(context, { ...page, isClockWrong }, { key, step: number, author, planned }, signal);
  pages.push({
    ...judged,
    cursor,
    claimed: page.claimed,
    clock,
    settled: context.totalAskedAt === undefined ? undefined : countSettled(page, context.totalAskedAt, clock),
  });
  context.onPage(page.subjects.length);
  return page.next;
}

/** Accounts that were certainly created before this time. One whose age is not known does not count. @param askedAt by our clock */
function countSettled({ subjects }: FetchedPage, askedAt: number, clock: ClockReading | undefined): number {
  // The vendor's clock read at least this much when ours read `askedAt`.
  const before = askedAt + (clock ? clock.vendor - clock.ours : -MAX_CLOCK_SKEW_MS);
  return subjects.filter(({ facts: { createdAt } }) => createdAt.known && Date.parse(createdAt.value) < before).length;
}

const digestCursor = (cursor: string | undefined) => hash("sha256", cursor ?? "", "hex").slice(0, 16);

const loopError = (id: string) =>
  new WardenError(
    "ERR_READ_LOOP",
    `The listing of ${id} came back to a page it had already given; sweep again, and tell the vendor if it stays so.`,
  );

const clockReadingOf = ({ date, gotAt }: FetchedPage): ClockReading | undefined =>
  date === undefined ? undefined : { vendor: Date.parse(date), ours: gotAt };
