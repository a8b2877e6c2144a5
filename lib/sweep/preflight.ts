/** The phase before reading: puts the directory on record, and checks that what the rules name exists. */
import { mapConcurrently } from "../concurrency.ts";
import { checkBreakGlass, findProtectionGaps, type ProtectionContext } from "../enforcement/index.ts";
import { asWardenError, problemOf, WardenError } from "../errors.ts";
import type { Directory, Problem } from "../model/index.ts";
import {
  type Exemption,
  endingExemptions,
  namedAccounts,
  namedScopes,
  type Policy,
  protectedAccounts,
} from "../policy/index.ts";
import { reportProgress, type SweepContext, subjectContext } from "./context.ts";
import { askCoverage } from "./coverage.ts";
import { runLeasedStep } from "./lease.ts";
import { halt, type Phase, proceed } from "./phase.ts";
import { sweepRecord } from "./record.ts";
import { closeAbandonedRuns } from "./recover-run.ts";
import { addCountedShards, addFacts, addProblems, addSource, addTotal, type SweepState } from "./state.ts";
import { askTotal } from "./total.ts";

export const preflight: Phase = async (context, state) => {
  const step = await runLeasedStep(context, "begin", (signal) => check(context, state, signal));
  if (!step.ok) return halt(state, [step.problem]);
  const { source, notes, total, facts, askedAt } = step.value;
  const counted = addTotal(addProblems(addSource(state, source), notes), total);
  const checked = addFacts(addCountedShards(counted, total, askedAt), facts);
  reportProgress(context, "leased", checked.totals[0]);
  return proceed(checked);
};

async function check(context: SweepContext, state: SweepState, signal: AbortSignal) {
  const { policy, ledger } = context.ports;
  const id = context.order.directory;
  await ledger.saveDirectory({ ...sweepRecord(context, state), status: "running" });
  const directory = await context.open(signal);
  const subject = await subjectContext(context, signal);
  await closeAbandonedRuns(subject, context.order.run);
  await checkNamedScopes(policy, id, directory, signal);
  const notes = await checkNamedAccounts(subject, signal);
  // Both look at the break-glass accounts.
  const readingOnce = { ...subject, directory: rememberReads(directory) };
  const gaps = await findProtectionGaps(readingOnce, signal);
  const unready = await checkBreakGlass(readingOnce, signal);
  const askedAt = context.ports.clock();
  const [total, coverage, facts] = await Promise.all([
    askTotal(id, directory, signal),
    askCoverage(id, directory, signal),
    directory.facts?.(signal),
  ]);
  const found = [...gaps.slice(0, MAX_GAPS_SHOWN), ...unready].map(({ error }) => problemOf(error, id));
  return {
    total,
    askedAt,
    facts,
    notes: [...notes, ...announceEnds(subject), ...found, ...(coverage ? [coverage] : [])],
    source: { tenant: directory.tenant, api: directory.api, scopes: directory.scopes() },
  };
}

/** The directory, reading each account once. */
function rememberReads(directory: Directory): Directory {
  const reads = new Map<string, ReturnType<Directory["read"]>>();
  return {
    ...directory,
    read(id, signal) {
      const read = reads.get(id) ?? directory.read(id, signal);
      reads.set(id, read);
      return read;
    },
  };
}

/** So many exemptions that end soon are named. */
const MAX_ENDING_SHOWN = 10;

/** Whoever is exempt is enforced at the first look after the end: owners are told before. */
function announceEnds({ policy, id, clock }: ProtectionContext): Problem[] {
  const ending = endingExemptions(policy, id, clock());
  if (ending.length === 0) return [];
  const shown = ending.slice(0, MAX_ENDING_SHOWN).map(describeEnd).join("; ");
  const more = ending.length > MAX_ENDING_SHOWN ? `; and ${ending.length - MAX_ENDING_SHOWN} more` : "";
  const message = `${ending.length} exemptions of ${id} end within 14 days, and then their accounts are enforced: ${shown}${more}.`;
  return [problemOf(new WardenError("ERR_EXEMPTION_ENDS", message), id)];
}

const describeEnd = ({ id, until, owner }: Exemption): string =>
  `${id} at ${new Date(until).toISOString()}${owner === undefined ? "" : ` (owner ${owner})`}`;

/** Any one of them stops every change. */
const MAX_GAPS_SHOWN = 20;

/**
 * A group or population that is silently missing would drop its people into a weaker rule, or its administrators among everybody
 * else. Throws `ERR_RULE_SCOPE`.
 */
async function checkNamedScopes(policy: Policy, id: string, directory: Directory, signal: AbortSignal): Promise<void> {
  for (const scope of namedScopes(policy, id)) {
    const why = await whyUnreadable(directory, scope, signal);
    if (why === undefined) continue;
    const message = `The policy names ${scope.kind} ${id}/${scope.id}, ${why}; correct the policy or give the credential the right to read it.`;
    throw new WardenError("ERR_RULE_SCOPE", message);
  }
}

async function whyUnreadable(
  directory: Directory,
  { kind, id }: { readonly kind: "group" | "population"; readonly id: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  if (!directory.exists) return "and this vendor has no such thing";
  try {
    return (await directory.exists(kind, id, signal)) ? undefined : "which does not exist";
  } catch (error) {
    if (error instanceof WardenError && error.code === "ERR_VENDOR_DENIED") return "which the credential may not read";
    throw error;
  }
}

/** So many accounts that the policy names are looked for, each by a call of its own. */
const MAX_NAMED_ACCOUNTS_READ = 100;
const ACCOUNT_READS_IN_PARALLEL = 8;

/** Notes on accounts that the policy names and the directory has not. Those that are protected are checked apart, all of them. */
async function checkNamedAccounts(context: ProtectionContext, signal: AbortSignal): Promise<Problem[]> {
  const { id, directory } = context;
  const named = unprotectedNames(context).slice(0, MAX_NAMED_ACCOUNTS_READ);
  const found = await mapConcurrently(named, ACCOUNT_READS_IN_PARALLEL, async (account) => {
    const subject = await readIfAllowed(directory, account, signal);
    return { account, exists: subject !== undefined };
  });
  return found.filter(({ exists }) => !exists).map(({ account }) => accountMissing(id, account));
}

function unprotectedNames({ policy, id, clock }: ProtectionContext): string[] {
  const safe = new Set(protectedAccounts(policy, id, clock()).map((account) => account.id));
  return namedAccounts(policy, id).filter((account) => !safe.has(account));
}

/** One that the credential may not read is there, for all that is known. */
async function readIfAllowed(directory: Directory, account: string, signal: AbortSignal) {
  const read = await directory.read(account, signal).catch(asWardenError);
  if (read instanceof WardenError && read.code !== "ERR_VENDOR_DENIED") throw read;
  return read;
}

function accountMissing(id: string, account: string): Problem {
  const message = `The policy names the account ${id}/${account}, which does not exist, so that entry binds nobody; correct its id.`;
  return problemOf(new WardenError("ERR_RULE_NAME", message), id);
}
