/** One account on purpose: read, judged and, in mode enforce, changed as an event would have it. No run, and no sweep in any record. */

import { ulid } from "ulid";
import { WardenError } from "../../lib/errors.ts";
import type { Mode, SubjectState } from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/index.ts";
import { type RecheckResult, recheckNow } from "../../lib/recheck/index.ts";
import { explainAccount, explanationJson } from "../explain/explain-account.ts";
import { showExplanation } from "../explain/show.ts";
import { type AccountName, splitAccount } from "../input/account.ts";
import { findAccountId } from "../input/find-account.ts";
import { readPolicy } from "../input/policy-file.ts";
import { type Input, readInput } from "../input/read-input.ts";
import { subjectPorts } from "../local/ports.ts";
import { clock, openRecords, withRecords } from "../local/records.ts";
import { OPEN_VERDICTS } from "../terminal/open-accounts.ts";
import type { PolicyOptions } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, dim, green, type Piece, yellow } from "../terminal/piece.ts";
import { verdictPiece, verdictText } from "../terminal/verdict-text.ts";

/** A change with its read-back, and a push where the vendor needs one. */
const DEADLINE_MS = 5 * 60_000;
const NO_SWEEP = "This was one account and no sweep: nobody else was read, and status and report show the last sweep.";

export async function sweepAccount(name: string, mode: Mode, options: PolicyOptions): Promise<number> {
  const account = accountOf(name, options);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const input = await readInput({ ...options, directory: [account.directory] }, clock, signal);
  return mode === "plan" ? lookAt(account, input, options, signal) : enforce(account, input, options, signal);
}

/** Without a directory before it the account is of the only one that is meant. Throws `ERR_INPUT_INVALID`. */
function accountOf(name: string, { directory, policy }: PolicyOptions): AccountName {
  const ids = directory ?? readPolicy(policy).directories.map(({ id }) => id);
  const [id, another] = ids;
  if (ids.some((known) => name.startsWith(`${known}/`))) return splitAccount(name);
  if (id !== undefined && another === undefined) return { directory: id, account: name };
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `Say in which directory ${name} is: --account DIRECTORY/ACCOUNT; the policy has ${ids.join(", ")}.`,
  );
}

/** Changes and records nothing. */
async function lookAt(
  account: AccountName,
  input: Input,
  options: PolicyOptions,
  signal: AbortSignal,
): Promise<number> {
  const explanation = await explainAccount(input, account, options, signal);
  if (options.json) results.json({ ...explanationJson(explanation, input), mode: "plan", isSweep: false });
  else {
    showExplanation(explanation, input.policy);
    results.line(dim(NO_SWEEP));
  }
  return OPEN_VERDICTS.includes(explanation.judgement.verdict) ? 1 : 0;
}

async function enforce(
  account: AccountName,
  input: Input,
  options: PolicyOptions,
  signal: AbortSignal,
): Promise<number> {
  const { directory } = account;
  const subject = await findAccountId(await input.open(directory, signal), account, signal);
  return withRecords(await openRecords(options, signal), async (records) => {
    await records.ledger.setDeployedPolicy(hashPolicy(input.policy));
    const event = { id: ulid(), directory, subject };
    const result = await recheckNow(subjectPorts(input, records, options), event, signal);
    const state = (await records.ledger.readStates(directory, [subject], true)).get(subject);
    if (options.json) results.json({ ...outcomeJson(directory, subject, result, state), event: event.id });
    else showOutcome(directory, subject, result, state);
    return exitCodeOf(result, state);
  });
}

/** As of a sweep, for this one account. */
function exitCodeOf({ did, outcome }: RecheckResult, state: SubjectState | undefined): number {
  if (did === "gone" || did === "failed" || state === undefined) return 3;
  const isOpen = OPEN_VERDICTS.includes(state.judgement.verdict);
  return isOpen || (outcome !== undefined && !isTaken(outcome)) ? 1 : 0;
}

const isTaken = (outcome: RecheckResult["outcome"]): boolean => outcome === "enforced" || outcome === "already";

const outcomeJson = (directory: string, id: string, result: RecheckResult, state: SubjectState | undefined) => ({
  mode: "enforce",
  isSweep: false,
  directory,
  id,
  username: state?.username ?? null,
  ...result,
  verdict: state ? verdictText(state.judgement) : null,
  rule: state?.judgement.rule ?? null,
});

function showOutcome(directory: string, id: string, result: RecheckResult, state: SubjectState | undefined): void {
  results.line(bold(state?.username ?? id), dim(`  ${directory}/${id}`));
  if (state) results.line("  ", verdictPiece(state.judgement), `: ${state.judgement.why}`);
  results.line("  change: ", ...changePieces(result, state));
  results.line(dim(NO_SWEEP));
}

function changePieces({ did, outcome, why }: RecheckResult, state: SubjectState | undefined): Piece[] {
  if (did === "gone") return ["none; the vendor has no such account"];
  if (outcome !== undefined)
    return [isTaken(outcome) ? green(outcome) : yellow(outcome), why === undefined ? "" : `: ${why}`];
  if (state && OPEN_VERDICTS.includes(state.judgement.verdict)) return ["none made; `explain` says why"];
  return ["none needed"];
}
