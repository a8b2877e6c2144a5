/**
 * `explain`: reads one account or MFA server profile now and says how it is judged and what a sweep would do; or shows all accounts of a
 * person, as they were read last. Changes and records nothing.
 */

import { Command } from "commander";
import { findProtectionGaps, ownAccount, type ProtectionContext } from "../../lib/enforcement/index.ts";
import { type Directory, type GuardState, omitUndefined, type Subject } from "../../lib/model/index.ts";
import { bindingRule, decide, lookAlikeCaution, type Policy, pastWithClock } from "../../lib/policy/index.ts";
import { describeNextAction, type JudgedSubject } from "../explain/next-action.ts";
import { explainPerson } from "../explain/person.ts";
import { readSubject } from "../explain/read-subject.ts";
import { type Explanation, showExplanation } from "../explain/show.ts";
import { showPeople } from "../explain/show-person.ts";
import { type AccountName, splitAccount } from "../input/account.ts";
import { type Input, readInput } from "../input/read-input.ts";
import { clock, hasRecords, openRecords, withRecords } from "../local/records.ts";
import { exitWith, type PolicyOptions, withPolicy } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { verdictText } from "../terminal/verdict-text.ts";

const DEADLINE_MS = 60_000;
/** Every account of every directory is read from the evidence, twice. */
const PEOPLE_DEADLINE_MS = 15 * 60_000;

export const explainCommand = (): Command =>
  withPolicy(new Command("explain"))
    .description("Reads one account now: its facts, the rule that binds it, the verdict and why, what a sweep would do")
    .argument(
      "<account>",
      "DIRECTORY/ACCOUNT by the vendor's id or the exact user name, a profile by location/name; or a person by user name or e-mail address",
    )
    .action(exitWith(explain));

async function explain(name: string, options: PolicyOptions): Promise<number> {
  if (!name.includes("/")) return explainWhom(name, options);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const account = splitAccount(name);
  const input = await readInput({ ...options, directory: [account.directory] }, clock, signal);
  const explanation = await explainAccount(input, account, options, signal);
  if (options.json) results.json(explanationJson(explanation, input));
  else showExplanation(explanation, input.policy);
  return 0;
}

/** All accounts of a person, as the newest whole sweeps read them. */
async function explainWhom(name: string, options: PolicyOptions): Promise<number> {
  const found = await explainPerson(name, options, AbortSignal.timeout(PEOPLE_DEADLINE_MS));
  if (options.json) results.json({ name, ...found });
  else showPeople(name, found);
  return 0;
}

async function explainAccount(
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

const explanationJson = (
  { subject: { personKeys: _, ...subject }, ...explanation }: Explanation,
  { policy }: Input,
) => ({
  ...explanation,
  subject,
  verdict: verdictText(explanation.judgement),
  rule: bindingRule(policy, explanation.judgement) ?? null,
});
