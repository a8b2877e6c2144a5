/** Whether the accounts that must work when nothing else does are ready: two or more, each there, active, and with a phishing-resistant method. */

import { mapConcurrently } from "../concurrency.ts";
import { asWardenError, WardenError } from "../errors.ts";
import { type FactName, NOT_ASKED, type Subject } from "../model/index.ts";
import {
  type BreakGlassAccount,
  breakGlassAccounts,
  checkRequirement,
  mayChange,
  usernameFits,
} from "../policy/index.ts";
import type { SubjectContext } from "./context.ts";
import { endsReading } from "./ends-reading.ts";
import { fetchFacts } from "./fetch-facts.ts";

const READS_IN_PARALLEL = 8;
/** What one may lose or break leaves another one. */
const MIN_ACCOUNTS = 2;
const NEEDED_FACTS: readonly FactName[] = ["enabled", "devices", "bypass"];

type BreakGlassContext = Pick<SubjectContext, "id" | "policy" | "directory">;

/** What is not as it should be with the break-glass accounts of a directory. */
export interface BreakGlassFinding {
  /** `ERR_BREAK_GLASS`; `ERR_BREAK_GLASS_UNREAD` if the vendor could not be asked. */
  readonly error: WardenError;
  /** The vendor does not show whether something is wrong. */
  readonly unseen: boolean;
}

/**
 * Asks the vendor for each break-glass account. A directory that enforces nothing, or has no accounts, needs none. Throws if the
 * credential is refused.
 */
export async function checkBreakGlass(context: BreakGlassContext, signal: AbortSignal): Promise<BreakGlassFinding[]> {
  const { id, policy, directory } = context;
  if (directory.subjectKind === "profile" || !mayChange(policy, id)) return [];
  const accounts = breakGlassAccounts(policy, id);
  const found = await mapConcurrently(accounts, READS_IN_PARALLEL, (account) => checkAccount(context, account, signal));
  return [...checkNumber(id, accounts.length), ...found.flat()];
}

function checkNumber(id: string, listed: number): BreakGlassFinding[] {
  if (listed >= MIN_ACCOUNTS) return [];
  const count = listed === 0 ? "no account" : "only one account";
  return [finding(`${id} is in mode enforce, and breakGlass lists ${count} of it; list at least ${MIN_ACCOUNTS}.`)];
}

async function checkAccount(
  context: BreakGlassContext,
  account: BreakGlassAccount,
  signal: AbortSignal,
): Promise<BreakGlassFinding[]> {
  const name = `The break-glass account ${context.id}/${account.id}`;
  const read = await readWithFacts(context, account.id, signal).catch(asWardenError);
  if (read instanceof WardenError) {
    if (endsReading(read)) throw read;
    return [unread(`${name} cannot be read (${read.code}); see that the credential may read it and its devices.`)];
  }
  if (!read) return [finding(`${name} does not exist; list one that does.`)];
  return [...checkName(name, account, read), ...checkActive(name, read), ...checkMethod(name, read)];
}

async function readWithFacts(
  context: BreakGlassContext,
  id: string,
  signal: AbortSignal,
): Promise<Subject | undefined> {
  const read = await context.directory.read(id, signal);
  if (!read) return undefined;
  const lacking = NEEDED_FACTS.filter((fact) => read.facts[fact] === NOT_ASKED);
  return (await fetchFacts(context, [read], () => lacking, signal))[0];
}

const checkName = (name: string, account: BreakGlassAccount, { username }: Subject): BreakGlassFinding[] =>
  usernameFits(account.username, username)
    ? []
    : [finding(`${name} has another user name now than breakGlass gives; find out who has it.`)];

function checkActive(name: string, { facts: { active } }: Subject): BreakGlassFinding[] {
  if (!active.known) return [unseen(`Whether ${lowerFirst(name)} is active cannot be seen: ${active.why}.`)];
  return active.value ? [] : [finding(`${name} is disabled; enable it, or list another one.`)];
}

function checkMethod(name: string, subject: Subject): BreakGlassFinding[] {
  const { holds, why } = checkRequirement("phishing-resistant", subject);
  if (holds) return [];
  if (holds === undefined)
    return [unseen(`Whether ${lowerFirst(name)} has a phishing-resistant method cannot be seen: ${why}`)];
  return [finding(`${name} has no phishing-resistant method in use: ${why} Register one, and see that MFA is on.`)];
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

const finding = (message: string): BreakGlassFinding => ({
  error: new WardenError("ERR_BREAK_GLASS", message),
  unseen: false,
});
const unseen = (message: string): BreakGlassFinding => ({ ...finding(message), unseen: true });
const unread = (message: string): BreakGlassFinding => ({
  error: new WardenError("ERR_BREAK_GLASS_UNREAD", message),
  unseen: false,
});
