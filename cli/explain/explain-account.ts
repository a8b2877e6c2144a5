/** Reads one account now, judges it as a sweep would, and finds out what a sweep would do. Changes and records nothing. */

import { findProtectionGaps, ownAccount, type ProtectionContext } from "../../lib/enforcement/index.ts";
import { type Directory, type GuardState, omitUndefined, type Subject } from "../../lib/model/index.ts";
import { bindingRule, decide, lookAlikeCaution, type Policy, pastWithClock } from "../../lib/policy/index.ts";
import type { AccountName } from "../input/account.ts";
import type { Input } from "../input/read-input.ts";
import { clock, hasRecords, openRecords, withRecords } from "../local/records.ts";
import type { PolicyOptions } from "../terminal/options.ts";
import { verdictText } from "../terminal/verdict-text.ts";
import { describeNextAction, type JudgedSubject } from "./next-action.ts";
import { readSubject } from "./read-subject.ts";
import type { Explanation } from "./show.ts";

/** Reads one account now. Throws `ERR_INPUT_INVALID` when the directory has no such account. */
export async function explainAccount(
  { policy, open }: Input,
  account: AccountName,
  options: PolicyOptions,
  signal: AbortSignal,
): Promise<Explanation> {
  const id = account.directory;
  const directory = await open(id, signal);
  const subject = await readSubject(directory, account, signal);
  const { past, guards } = await readPast(options, id, subject, signal);
  const judgement = decide(subject, id, policy, past, clock());
  const obstacle = await findObstacle({ id, policy, directory, clock }, subject, signal);
  return omitUndefined({
    directory: id,
    subject,
    judgement,
    sweep: describeNextAction({ policy, id, directory, subject, judgement, past, guards, obstacle, clock }),
    caution: judgement.verdict === "violating" ? cautionAbout(policy, id, directory, subject) : undefined,
    notices: past.notices,
    written: past.written,
  });
}

const cautionAbout = (policy: Policy, id: string, directory: Directory, subject: Subject): string | undefined =>
  directory.caution?.(subject) ?? lookAlikeCaution(policy, id, subject, clock());

/** Why nothing may be changed in this directory, or not this account. */
async function findObstacle(
  context: ProtectionContext,
  subject: Subject,
  signal: AbortSignal,
): Promise<string | undefined> {
  const [gap] = await findProtectionGaps(context, signal);
  return gap?.error.message.replace(/\.$/, "") ?? (await ownAccount(context, subject, signal))?.why;
}

/** What the ledger remembers; without one the account is seen for the first time. */
async function readPast(
  options: PolicyOptions,
  directory: string,
  { id, username }: Subject,
  signal: AbortSignal,
): Promise<{ past: JudgedSubject["past"]; guards: GuardState }> {
  const fresh = { firstSeenAt: new Date(clock()).toISOString() };
  if (!hasRecords(options)) return { past: fresh, guards: {} };
  return withRecords(await openRecords(options, signal), async ({ ledger }) => {
    const past = (await ledger.readStates(directory, [id])).get(id) ?? fresh;
    const clocks = await ledger.readGraceClocks(directory, [username]);
    return {
      past: pastWithClock<JudgedSubject["past"]>(past, clocks.get(username), clock()),
      guards: await ledger.readGuards(directory, id),
    };
  });
}

export const explanationJson = (
  { subject: { personKeys: _, ...subject }, ...explanation }: Explanation,
  { policy }: Input,
) => ({
  ...explanation,
  subject,
  verdict: verdictText(explanation.judgement),
  rule: bindingRule(policy, explanation.judgement) ?? null,
});
