/** Decides which command a person needs next. */

import { isReadWhole } from "../../lib/model/index.ts";
import { shellWord } from "../../lib/notice/index.ts";
import { hashPolicy } from "../../lib/policy/index.ts";
import { countCoverage } from "../terminal/coverage-text.ts";
import type { Overview } from "./read-overview.ts";

export interface NextStep {
  /** What follows `warden`. */
  readonly command: string;
  readonly why: string;
}

const DAY_MS = 86_400_000;

/** The first of these that applies; of several commands the one before which the others make no sense. */
export function nextStep(overview: Overview, now: number): NextStep {
  return (
    beginning(overview) ??
    underWay(overview) ??
    unread(overview) ??
    decision(overview) ??
    otherPolicy(overview) ??
    outdated(overview, now) ??
    openAccounts(overview) ?? { command: "report", why: whyReport(overview) }
  );
}

function beginning({ policy, state }: Overview): NextStep | undefined {
  if (policy === undefined && state !== undefined)
    return { command: "status", why: "there are records, and no policy" };
  if (policy === undefined)
    return { command: "init", why: "writes a policy for your tenant; `demo` shows it all on simulated vendors" };
  if (policy.errors > 0) return { command: "doctor", why: "names each error of the policy with its line" };
  return undefined;
}

const underWay = ({ running }: Overview): NextStep | undefined =>
  running && { command: `status ${running.run}`, why: "this run is going on" };

function unread({ records, neverSwept, state }: Overview): NextStep | undefined {
  if (state === undefined) return { command: "doctor", why: "checks credentials and rights; then `sweep`" };
  const failed = records.find(({ status }) => !isReadWhole(status));
  if (failed)
    return {
      command: `doctor --directory ${shellWord(failed.id)}`,
      why: `the last sweep of ${failed.id} was not complete`,
    };
  const [never] = neverSwept;
  return never === undefined ? undefined : { command: "sweep", why: `${never} was never swept` };
}

function decision({ waiting, halted }: Overview): NextStep | undefined {
  const [plan] = waiting;
  if (plan) return { command: `plan ${plan.run}`, why: "its changes wait for somebody who approves them" };
  const [halt] = halted;
  if (!halt) return undefined;
  const where = halt.directory === "all" ? "" : ` --directory ${shellWord(halt.directory)}`;
  return { command: `switch on${where} --reason …`, why: "sweeps change nothing until the switch is on" };
}

/** What a sweep found by another policy says nothing of this one. */
function otherPolicy({ policy, judgedBy }: Overview): NextStep | undefined {
  if (policy?.content === undefined) return undefined;
  const digest = hashPolicy(policy.content);
  const found = policy.content.directories.find(({ id }) => judgedBy.has(id) && judgedBy.get(id) !== digest);
  return found && { command: "sweep", why: `the policy has changed since the last sweep of ${found.id}` };
}

function outdated({ records }: Overview, now: number): NextStep | undefined {
  const old = records.find(({ endedAt }) => endedAt !== undefined && now - Date.parse(endedAt) > DAY_MS);
  return old && { command: "sweep", why: `the last sweep of ${old.id} is more than a day old` };
}

function openAccounts({ records }: Overview): NextStep | undefined {
  const { violating, unknown } = countCoverage(records);
  if (violating + unknown === 0) return undefined;
  const isPlanned = records.some(({ mode, changes }) => mode === "plan" && changes.planned > changes["needs-user"]);
  if (isPlanned) return { command: "sweep --mode enforce", why: "makes the changes that the last sweep planned" };
  return { command: "status --all", why: "names who is violating or unknown, and why" };
}

/** Nobody is violating or unknown: that is not yet that everybody is proven. */
function whyReport({ records }: Overview): string {
  const { accounts, proven } = countCoverage(records);
  if (accounts === 0) return "no account is in scope of the policy; the report says why";
  if (proven < accounts) return `${accounts - proven} accounts are not proven yet, or exempt; the report names them`;
  return "everybody is proven; the report says it to an auditor";
}
