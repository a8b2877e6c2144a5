/** What a sweep has found out so far, and how each result of a step is added to it. Pure: a replay builds the same state. */
import type { PlanApproval, ReadSegment } from "../evidence/index.ts";
import {
  addCounts,
  type DirectoryHead,
  type DirectoryRecord,
  type DirectorySource,
  noChanges,
  noVerdicts,
  OUTCOMES,
  omitUndefined,
  type Problem,
  type SeenPopulations,
  type Verdict,
} from "../model/index.ts";
import type { Admission } from "./admission.ts";
import type { AppliedBatch } from "./apply-batch.ts";
import { addCautions, type Cautions, firstNames } from "./cautions.ts";
import type { PlanRef } from "./plan-ref.ts";
import { type ClockReading, firstAdministrators, type ReadStep } from "./read-result.ts";
import type { CountedShards, ShardRead, ShardsTotal } from "./shards.ts";
import type { ClaimedTotal } from "./total.ts";
import type { ChangesToMake } from "./waves.ts";

export interface SweepState {
  /** The last one that was sealed under this lease, for a run that died. */
  readonly manifest?: DirectoryHead["manifest"];
  readonly problems: readonly Problem[];
  /** As the directory said when it was opened. */
  readonly source?: DirectorySource;
  /** Independent counts, before and after reading. */
  readonly totals: readonly number[];
  /** Those of the last count. */
  readonly populations?: SeenPopulations;
  readonly facts?: DirectoryRecord["facts"];
  /** What the last page read claimed that there are. */
  readonly claimed?: number;
  /** What was counted part by part before reading; absent where the directory cannot be cut. */
  readonly counted?: CountedShards;
  /** How the shards were read; absent where the directory was listed as a whole. */
  readonly shards?: readonly ShardRead[];
  /** Why the directory was listed as a whole after its shards were read. */
  readonly doubt?: string;
  readonly segments: readonly ReadSegment[];
  /** Names the attempt that counts of each read step, by the step's number. */
  readonly authors: readonly string[];
  /** Digests of the cursors used. */
  readonly cursors: readonly string[];
  readonly lastCursor?: string;
  readonly clocks: readonly ClockReading[];
  /** How often a subject was read again. */
  readonly duplicates: number;
  /** As judged, before any change. */
  readonly verdicts: DirectoryRecord["verdicts"];
  /** The same with what the changes did. */
  readonly after: DirectoryRecord["after"];
  readonly changes: DirectoryRecord["changes"];
  /** Planned changes that had their outcome when they were planned. */
  readonly predetermined: number;
  /** Of those, how many because somebody else has changed the account a moment ago. */
  readonly recent: number;
  /** People who are to be told of a coming change. */
  readonly toTell: number;
  /** Accounts that the policy names by id and that have another user name now. */
  readonly renamed: number;
  /** The first of them. Absent in what an earlier version wrote. */
  readonly renamedNames?: readonly string[];
  /** Administrators who violate, by id, the first 200. Absent where there is none, or nobody is told of them. */
  readonly administrators?: readonly string[];
  /** Subjects that the policy wants and the vendor did not list. */
  readonly absent: number;
  /** How its accounts were given keys to be joined by; `null`: not all of them alike. Absent before any was read. */
  readonly people?: string | null;
  readonly cautions: Cautions;
  readonly departed: { readonly confirmed: number; readonly unconfirmed: number };
  /** Hash of the plan; only a population that passed the gate has one. */
  readonly plan?: string;
  /** Whether the plan was to be applied: no limit and no guard stopped all of it. */
  readonly isApplied: boolean;
  /** Of the plan that this sweep applies: who approved it. */
  readonly approval?: PlanApproval;
  /** The run whose changes its plan undoes. */
  readonly undoes?: string;
  /** Why the plan that this sweep was to apply, or what is left of its own, cannot be applied any more. */
  readonly stale?: string;
  /** What the plan changes. Absent in an execution whose plan an earlier version made. */
  readonly toMake?: ChangesToMake;
  /** A step that changes accounts broke off: the lease is left to run out, and whoever takes it over settles the claims. */
  readonly hasOpenClaims: boolean;
}

export const newState = (): SweepState => ({
  problems: [],
  totals: [],
  segments: [],
  authors: [],
  cursors: [],
  clocks: [],
  duplicates: 0,
  verdicts: noVerdicts(),
  after: noVerdicts(),
  changes: noChanges(),
  predetermined: 0,
  recent: 0,
  toTell: 0,
  renamed: 0,
  absent: 0,
  cautions: { shown: [], count: 0 },
  departed: { confirmed: 0, unconfirmed: 0 },
  isApplied: false,
  hasOpenClaims: false,
});

/** The plan so far: the changes of the attempts that count. */
export const planRef = (run: string, { authors }: SweepState): PlanRef => ({ run, authors });

/** Different subjects read. */
export const readCount = ({ segments, duplicates }: SweepState): number =>
  segments.reduce((sum, { ids }) => sum + ids.count, 0) - duplicates;

/** Different subjects that the vendor listed. */
export const listedCount = (state: SweepState): number => readCount(state) - state.absent;

export const addProblems = (state: SweepState, problems: readonly Problem[]): SweepState => ({
  ...state,
  problems: [...state.problems, ...problems],
});

/** @param askedAt when the total was asked for, by our clock, in ms */
export const addCountedShards = (state: SweepState, { shards }: ClaimedTotal, askedAt: number): SweepState =>
  shards ? { ...state, counted: { list: shards, askedAt } } : state;

/** A count is asked for twice; why there is none is said once. */
export function addTotal(state: SweepState, { total, populations, problem }: ClaimedTotal): SweepState {
  const totals = total === undefined ? state.totals : [...state.totals, total];
  const counted = omitUndefined({ ...state, totals, populations: populations ?? state.populations });
  const isKnown = state.problems.some(({ code }) => code === problem?.code);
  return problem && !isKnown ? addProblems(counted, [problem]) : counted;
}

export const addSource = (state: SweepState, source: DirectorySource): SweepState => ({ ...state, source });

export const addFacts = (state: SweepState, facts: SweepState["facts"] = []): SweepState =>
  facts.length > 0 ? { ...state, facts } : state;

export function addReadStep(state: SweepState, step: ReadStep): SweepState {
  const verdicts = addCounts(state.verdicts, step.verdicts);
  const predetermined = Object.values(step.foreseen).reduce((sum, count) => sum + count, 0);
  return omitUndefined({
    ...state,
    segments: step.part ? [...state.segments, step.part] : state.segments,
    problems: step.problem ? [...state.problems, step.problem] : state.problems,
    claimed: step.claimed ?? state.claimed,
    lastCursor: step.lastCursor ?? state.lastCursor,
    cursors: [...state.cursors, ...step.cursors],
    authors: [...state.authors, step.author],
    clocks: [...state.clocks, ...step.clocks],
    verdicts,
    after: verdicts,
    changes: addCounts(state.changes, { planned: step.planned, ...step.foreseen }),
    predetermined: state.predetermined + predetermined,
    recent: state.recent + (step.recent ?? 0),
    toTell: state.toTell + (step.toTell ?? 0),
    renamed: state.renamed + step.renamed,
    renamedNames: firstNames([...(state.renamedNames ?? []), ...(step.renamedNames ?? [])]),
    absent: state.absent + (step.absent ?? 0),
    administrators: firstAdministrators([...(state.administrators ?? []), ...(step.administrators ?? [])]),
    people: state.people === undefined || state.people === step.people ? (step.people ?? null) : null,
    cautions: addCautions(state.cautions, step.cautions),
  });
}

/** A read of one shard, which claims nothing of the whole directory. */
export const addShardRead = (state: SweepState, shard: string, step: ReadStep): SweepState => {
  const { claimed: _claimed, lastCursor: _lastCursor, ...read } = step;
  return addReadStep(state, omitUndefined({ ...read, part: step.part && { ...step.part, shard } }));
};

/** A read that does not count any more. Later ones keep their numbers. */
export const addDiscardedRead = (state: SweepState): SweepState => ({ ...state, authors: [...state.authors, ""] });

/** Nobody is missing from the shards. Their order is the same in every run. */
export const addShardsTotal = (state: SweepState, { after, claimed, shards }: ShardsTotal): SweepState => ({
  ...addTotal(state, after),
  ...omitUndefined({ claimed }),
  shards,
  segments: state.segments.toSorted((a, b) => compareText(a.shard, b.shard)),
});

const compareText = (a = "", b = ""): number => Number(a > b) - Number(a < b);

/** What was read shard by shard does not count; the directory is read anew. @param begun as it was before */
export const discardShards = (begun: SweepState, { authors }: SweepState, doubt: string): SweepState => ({
  ...begun,
  doubt,
  // Later steps keep their numbers.
  authors: [...begun.authors, ...authors.slice(begun.authors.length).map(() => "")],
});

/** The changes of an approved plan become those of this sweep. */
export const addAdmission = (
  state: SweepState,
  { author, approval, undoes, planned, predetermined }: Admission,
): SweepState => ({
  ...state,
  ...omitUndefined({ undoes }),
  approval,
  authors: [...state.authors, author],
  changes: addCounts(state.changes, { planned, ...predetermined }),
  predetermined: state.predetermined + Object.values(predetermined).reduce((sum, count) => sum + count, 0),
});

/** Takes out the verdicts of those who were read again. */
export function addDuplicates(
  state: SweepState,
  { count, verdicts: repeated }: { readonly count: number; readonly verdicts: Record<Verdict, number> },
): SweepState {
  const verdicts = addCounts(state.verdicts, repeated, -1);
  return { ...state, duplicates: count, verdicts, after: verdicts };
}

export const addDeparted = (state: SweepState, { confirmed, unconfirmed }: SweepState["departed"]): SweepState => ({
  ...state,
  departed: { confirmed, unconfirmed },
});

/** What the plan's step answers: the engine keeps it as JSON. */
interface PlanStep {
  readonly hash: string;
  /** How many administrators it changes. Absent in what an earlier version wrote. */
  readonly administrators?: number;
}

export function addPlan(state: SweepState, { hash, administrators }: PlanStep): SweepState {
  if (administrators === undefined) return { ...state, plan: hash };
  const others = state.changes.planned - state.predetermined - administrators;
  return { ...state, plan: hash, toMake: { others, administrators } };
}

export const addBatch = (state: SweepState, { outcomes, verdicts }: ChangeCounts): SweepState => ({
  ...state,
  changes: addCounts(state.changes, outcomes),
  after: addCounts(state.after, verdicts),
});

/** What changes did to the counts. */
type ChangeCounts = Pick<AppliedBatch, "outcomes" | "verdicts">;

/** What was only staged has been pushed live. */
export const addPublished = (
  state: SweepState,
  { enforced, verdicts }: { readonly enforced: number; readonly verdicts: ChangeCounts["verdicts"] },
): SweepState => addBatch(state, { outcomes: { staged: -enforced, enforced }, verdicts });

export const addRefused = (state: SweepState, refused: number): SweepState =>
  addBatch(state, { outcomes: { refused }, verdicts: {} });

/** How many planned changes have no outcome. */
export const openChanges = ({ changes }: SweepState): number =>
  OUTCOMES.reduce((open, outcome) => open - changes[outcome], changes.planned);

export const leaveClaimsOpen = (state: SweepState): SweepState => ({ ...state, hasOpenClaims: true });
