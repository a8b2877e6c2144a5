/** Reads and judges a directory: one step takes the next pages, writes what changed and plans what must change. */
import { hash } from "node:crypto";
import { problemOf, WardenError } from "../errors.ts";
import { type ReadSegment, storeDigests } from "../evidence/index.ts";
import {
  addCounts,
  noChanges,
  noVerdicts,
  type Outcome,
  type Page,
  type Problem,
  type Verdict,
} from "../model/index.ts";
import { type JudgeContext, type JudgedPage, judgePage } from "./judge-page.ts";
import { type Cautions, MAX_CAUTIONS } from "./state.ts";

/** A step ends at whichever comes first. At the usual 1,000 accounts a page that is 10 pages. */
const STEP = { rows: 10_000, pages: 50, ms: 60_000 };
const PAGE_DEADLINE_MS = 120_000;

export interface Reader extends JudgeContext {
  readonly ulid: () => string;
  /** Where this run's files of this directory go. */
  readonly folder: string;
  /** The page after the last one, already on its way when a step ends. Lost with the invocation, and then fetched again. */
  readonly ahead: { cursor?: string; page?: Promise<Fetched> };
  readonly turned: (accounts: number) => void;
}

/** What one step read. `problem`: the listing broke off here; what was read before it stays recorded. */
export interface ReadStep {
  readonly part?: ReadSegment;
  readonly next?: string;
  /** Digests of the cursors used, to know a loop. */
  readonly cursors: readonly string[];
  readonly verdicts: Record<Verdict, number>;
  readonly planned: number;
  readonly foreseen: Partial<Record<Outcome, number>>;
  readonly cautions: Cautions;
  /** Names this try; the changes of a try that died do not count. */
  readonly author: string;
  /** What the last page's answer claimed that there are. */
  readonly claimed?: number;
  /** The cursor of the last page read; absent for the first page of all. */
  readonly lastCursor?: string;
  readonly clocks: readonly { readonly vendor: number; readonly ours: number }[];
  readonly renamed: number;
  readonly problem?: Problem;
}

interface Fetched extends Page {
  readonly askedAt: number;
  readonly gotAt: number;
}

/** @param number of the step, from 0; @param seen digests of the cursors that earlier steps used */
export async function readPages(
  reader: Reader,
  number: number,
  cursor: string | undefined,
  seen: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<ReadStep> {
  const author = reader.ulid();
  const started = reader.clock();
  const pages: Turned[] = [];
  const cursors: string[] = [];
  const planned = new Set<string>();
  let next: string | undefined;
  let problem: Problem | undefined;
  let at = cursor;
  do {
    try {
      const mark = digestCursor(at);
      if (seen.has(mark) || cursors.includes(mark)) throw loop(reader.id);
      const page = await take(reader, at);
      cursors.push(mark);
      if (page.next !== undefined) fetchAhead(reader, page.next);
      const key = `${reader.folder}/page-${pad(number)}-${pad(pages.length)}.ndjson.gz`;
      const judged = await judgePage(
        reader,
        page.subjects,
        page.askedAt,
        { key, step: number, author, planned },
        signal,
      );
      pages.push({ ...judged, cursor: at, claimed: page.claimed, clock: clockOf(page) });
      next = page.next;
      reader.turned(page.subjects.length);
    } catch (error) {
      problem = problemOf(error, reader.id);
      next = undefined;
    }
    at = next;
  } while (next !== undefined && !full(pages, reader.clock() - started));
  return summarize(reader, number, author, pages, cursors, next, problem);
}

const loop = (id: string) =>
  new WardenError(
    "ERR_READ_LOOP",
    `The listing of ${id} came back to a page it had already given; sweep again, and tell the vendor if it stays so.`,
  );

/** A page and what became of it; its subjects are let go. */
interface Turned extends JudgedPage {
  readonly cursor: string | undefined;
  readonly claimed: number | undefined;
  readonly clock: { readonly vendor: number; readonly ours: number } | undefined;
}

const pad = (n: number) => String(n).padStart(5, "0");

const full = (pages: readonly Turned[], ms: number) =>
  pages.length >= STEP.pages || ms >= STEP.ms || pages.reduce((sum, page) => sum + page.stored.count, 0) >= STEP.rows;

const digestCursor = (cursor: string | undefined) => hash("sha256", cursor ?? "", "hex").slice(0, 16);

function fetchAhead(reader: Reader, cursor: string): void {
  reader.ahead.cursor = cursor;
  reader.ahead.page = fetchPage(reader, cursor);
  // Whoever takes the page sees the error; if nobody does, it must not end the process.
  reader.ahead.page.catch(() => undefined);
}

function take(reader: Reader, cursor: string | undefined): Promise<Fetched> {
  const { ahead } = reader;
  const page = cursor !== undefined && ahead.cursor === cursor ? ahead.page : undefined;
  delete ahead.page;
  return page ?? fetchPage(reader, cursor);
}

async function fetchPage(reader: Reader, cursor: string | undefined): Promise<Fetched> {
  const askedAt = reader.clock();
  const page = await reader.directory.page(cursor, AbortSignal.timeout(PAGE_DEADLINE_MS));
  return { ...page, askedAt, gotAt: reader.clock() };
}

const clockOf = ({ date, gotAt }: Fetched) =>
  date === undefined ? undefined : { vendor: Date.parse(date), ours: gotAt };

async function summarize(
  reader: Reader,
  number: number,
  author: string,
  pages: readonly Turned[],
  cursors: readonly string[],
  next: string | undefined,
  problem: Problem | undefined,
): Promise<ReadStep> {
  const part = pages.length === 0 ? undefined : await storePart(reader, number, pages);
  const { claimed, cursor: lastCursor } = pages.at(-1) ?? {};
  return {
    ...(part ? { part } : {}),
    ...(next === undefined ? {} : { next }),
    ...(claimed === undefined ? {} : { claimed }),
    ...(lastCursor === undefined ? {} : { lastCursor }),
    ...(problem ? { problem } : {}),
    cursors,
    author,
    verdicts: pages.reduce((sum, page) => addCounts(sum, page.verdicts), noVerdicts()),
    planned: sum(pages, "planned"),
    foreseen: foreseenIn(pages),
    cautions: cautionsIn(pages),
    renamed: sum(pages, "renamed"),
    clocks: [pages[0]?.clock, pages.at(-1)?.clock].filter((clock) => clock !== undefined),
  };
}

/** Only what there is: most sweeps foresee nothing, and each step's answer is kept. */
function foreseenIn(pages: readonly Turned[]): ReadStep["foreseen"] {
  const all = pages.reduce((counts, page) => addCounts(counts, page.foreseen), noChanges());
  return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
}

function cautionsIn(pages: readonly Turned[]): Cautions {
  const all = pages.flatMap((page) => page.cautions);
  return { shown: all.slice(0, MAX_CAUTIONS), count: all.length };
}

const sum = (pages: readonly Turned[], name: "planned" | "renamed") =>
  pages.reduce((total, page) => total + page[name], 0);

async function storePart(reader: Reader, number: number, pages: readonly Turned[]): Promise<ReadSegment> {
  const digests = Buffer.concat(pages.map((page) => page.digests));
  const ids = await storeDigests(reader.evidence, `${reader.folder}/ids-${pad(number)}.bin`, digests);
  return { pages: pages.map((page) => page.stored), ids };
}
