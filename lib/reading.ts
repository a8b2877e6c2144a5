/** Reads and judges a directory: one step takes the next pages, writes what changed and plans what must change. */
import { hash } from "node:crypto";
import type { Part } from "./census.ts";
import { type Bench, enforceable } from "./enforcement.ts";
import { problemOf, WardenError } from "./errors.ts";
import { digestIds, type Row, type Stored, storeDigests, storePage } from "./evidence.ts";
import type {
  Change,
  Evidence,
  FactName,
  Judgement,
  Observation,
  Page,
  Past,
  Problem,
  State,
  Subject,
  Verdict,
} from "./model.ts";
import { decide, missing, sheet } from "./policy/decide.ts";
import { addCounts, noVerdicts } from "./session.ts";

/** A step ends at whichever comes first. At the usual 1,000 accounts a page that is 10 pages. */
const STEP = { rows: 10_000, pages: 50, ms: 60_000 };
const PAGE_DEADLINE_MS = 120_000;

export interface Reader extends Bench {
  readonly evidence: Evidence;
  readonly run: string;
  readonly ulid: () => string;
  /** Where this run's files of this directory go. */
  readonly folder: string;
  /** Renews the lease when it is time to. */
  readonly keep: () => Promise<void>;
  /** The page after the last one, already on its way when a step ends. Lost with the invocation, and then fetched again. */
  readonly ahead: { cursor?: string; page?: Promise<Fetched> };
  readonly turned: (accounts: number) => void;
}

/** What one step read. `problem`: the listing broke off here; what was read before it stays recorded. */
export interface ReadStep {
  readonly part?: Part;
  readonly next?: string;
  /** Digests of the cursors used, to know a loop. */
  readonly cursors: readonly string[];
  readonly verdicts: Record<Verdict, number>;
  readonly planned: number;
  /** Names this try; the changes of a try that died do not count. */
  readonly batch: string;
  readonly claimed?: number;
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
  const batch = reader.ulid();
  const started = reader.clock();
  const pages: Judged[] = [];
  const cursors: string[] = [];
  const planned = new Set<string>();
  let next: string | undefined;
  let problem: Problem | undefined;
  let at = cursor;
  do {
    try {
      const mark = digestCursor(at);
      if (seen.has(mark) || cursors.includes(mark)) throw loop(reader.id);
      await reader.keep();
      const page = await take(reader, at);
      cursors.push(mark);
      if (page.next !== undefined) fetchAhead(reader, page.next);
      pages.push(await judgePage(reader, page, { number, index: pages.length, batch, planned }, signal));
      next = page.next;
      reader.turned(page.subjects.length);
    } catch (error) {
      problem = problemOf(error, reader.id);
      next = undefined;
    }
    at = next;
  } while (next !== undefined && !full(pages, reader.clock() - started));
  return summarize(reader, number, batch, pages, cursors, next, problem);
}

const loop = (id: string) =>
  new WardenError(
    "ERR_READ_LOOP",
    `The listing of ${id} came back to a page it had already given; sweep again, and tell the vendor if it stays so.`,
  );

const full = (pages: readonly Judged[], ms: number) =>
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

interface Judged {
  readonly stored: Stored;
  readonly digests: Buffer;
  readonly verdicts: Record<Verdict, number>;
  readonly planned: number;
  readonly renamed: number;
  readonly claimed: number | undefined;
  readonly clock: { readonly vendor: number; readonly ours: number } | undefined;
}

interface Place {
  readonly number: number;
  readonly index: number;
  readonly batch: string;
  /** Ids that this step has planned a change for: who is listed twice is changed once. */
  readonly planned: Set<string>;
}

async function judgePage(reader: Reader, page: Fetched, place: Place, signal: AbortSignal): Promise<Judged> {
  const ids = page.subjects.map((subject) => subject.id);
  const states = await reader.ledger.states(reader.id, ids);
  const subjects = await completeWhereNeeded(reader, page.subjects, signal);
  const observedAt = new Date(page.askedAt).toISOString();
  const observations = subjects.map((subject) => observe(reader, subject, states.get(subject.id), observedAt));
  const violating = observations.filter(isPlanned(reader)).filter(({ subject }) => isFirst(place.planned, subject.id));
  const changes = violating.map((seen) => changeOf(seen, place));
  const key = `${reader.folder}/page-${pad(place.number)}-${pad(place.index)}.ndjson.gz`;
  const [stored, , planned] = await Promise.all([
    storePage(reader.evidence, key, observations.map(rowOf)),
    reader.ledger.observe(observations, states),
    changes.length > 0 ? reader.ledger.plan(changes) : 0,
  ]);
  return {
    stored,
    digests: digestIds(ids),
    verdicts: countVerdicts(observations.map((seen) => seen.judgement)),
    planned,
    renamed: observations.filter((seen) => seen.judgement.nameChanged).length,
    claimed: page.claimed,
    clock: page.date === undefined ? undefined : { vendor: Date.parse(page.date), ours: page.gotAt },
  };
}

function isFirst(seen: Set<string>, id: string): boolean {
  if (seen.has(id)) return false;
  seen.add(id);
  return true;
}

const pad = (n: number) => String(n).padStart(5, "0");

/** Groups choose the rule, the rule asks for devices; what is not known then will not be. */
const ROUNDS = 3;

/** Asks for the facts that could alter a verdict until nothing more can be found out. */
async function completeWhereNeeded(
  reader: Reader,
  subjects: readonly Subject[],
  signal: AbortSignal,
): Promise<readonly Subject[]> {
  const { complete } = reader.directory;
  if (!complete) return subjects;
  let result = subjects;
  for (let round = 0; round < ROUNDS; round++) {
    const lacking = result.flatMap((subject, index) => {
      const facts = missing(subject, reader.id, reader.policy);
      return facts.length > 0 ? [{ subject, index, facts }] : [];
    });
    if (lacking.length === 0) return result;
    const facts: FactName[] = [...new Set(lacking.flatMap((lack) => lack.facts))];
    const found = await complete(
      lacking.map((lack) => lack.subject),
      facts,
      signal,
    );
    const whole = [...result];
    for (const [i, lack] of lacking.entries()) whole[lack.index] = found[i] ?? lack.subject;
    result = whole;
  }
  return result;
}

function observe(reader: Reader, subject: Subject, state: State | undefined, observedAt: string): Observation {
  const past: Past = state ?? { firstSeenAt: observedAt };
  const judgement = decide(subject, reader.id, reader.policy, past, Date.parse(observedAt));
  const facts = sheet(subject, judgement, reader.id, reader.policy);
  return { directory: reader.id, run: reader.run, subject, judgement, facts, observedAt };
}

const isPlanned = (reader: Reader) => (seen: Observation) =>
  reader.directory.enforce !== undefined && enforceable(reader.policy, seen.judgement, seen.subject);

const changeOf = (seen: Observation, place: Place): Change => ({
  run: seen.run,
  directory: seen.directory,
  id: seen.subject.id,
  username: seen.subject.username,
  rule: seen.judgement.rule ?? "",
  requirement: seen.judgement.requirement ?? "",
  before: seen.facts,
  batch: place.batch,
  step: place.number,
});

const rowOf = ({ subject, facts, judgement }: Observation): Row => ({
  id: subject.id,
  username: subject.username,
  facts,
  verdict: judgement.verdict,
  ...(judgement.rule === undefined ? {} : { rule: judgement.rule }),
  ...(judgement.requirement === undefined ? {} : { requirement: judgement.requirement }),
  ...(judgement.exemption === undefined ? {} : { exemption: judgement.exemption }),
  why: judgement.why,
});

function countVerdicts(judgements: readonly Judgement[]): Record<Verdict, number> {
  const counts = noVerdicts();
  for (const { verdict } of judgements) counts[verdict]++;
  return counts;
}

async function summarize(
  reader: Reader,
  number: number,
  batch: string,
  pages: readonly Judged[],
  cursors: readonly string[],
  next: string | undefined,
  problem: Problem | undefined,
): Promise<ReadStep> {
  const part = pages.length === 0 ? undefined : await storePart(reader, number, pages);
  const claims = pages.flatMap((page) => page.claimed ?? []);
  return {
    ...(part ? { part } : {}),
    ...(next === undefined ? {} : { next }),
    ...(claims.length > 0 ? { claimed: Math.min(...claims) } : {}),
    ...(problem ? { problem } : {}),
    cursors,
    batch,
    verdicts: pages.reduce((sum, page) => addCounts(sum, page.verdicts), noVerdicts()),
    planned: pages.reduce((sum, page) => sum + page.planned, 0),
    renamed: pages.reduce((sum, page) => sum + page.renamed, 0),
    clocks: [pages[0]?.clock, pages.at(-1)?.clock].filter((clock) => clock !== undefined),
  };
}

async function storePart(reader: Reader, number: number, pages: readonly Judged[]): Promise<Part> {
  const digests = Buffer.concat(pages.map((page) => page.digests));
  const ids = await storeDigests(reader.evidence, `${reader.folder}/ids-${pad(number)}.bin`, digests);
  return { pages: pages.map((page) => page.stored), ids };
}
