/** Says in one sentence what a sweep in mode enforce would do with one account. */

import {
  changedRecently,
  frozen,
  isEnforceable,
  lockoutRisk,
  recentRevert,
  refusedPassword,
  unnamedService,
  untold,
} from "../../lib/enforcement/index.ts";
import {
  type Clock,
  type Directory,
  describeHold,
  type GuardState,
  type Judgement,
  type Subject,
  type SubjectHistory,
  type SubjectState,
} from "../../lib/model/index.ts";
import { bindingRule, isBreakGlass, mayChange, type Policy } from "../../lib/policy/index.ts";

export interface JudgedSubject {
  readonly policy: Policy;
  /** Of the directory. */
  readonly id: string;
  readonly directory: Directory;
  readonly subject: Subject;
  readonly judgement: Judgement;
  readonly past: SubjectHistory & Pick<SubjectState, "changedAt" | "notices">;
  readonly guards: GuardState;
  readonly clock: Clock;
  /** Why nothing may be changed in this directory. */
  readonly obstacle: string | undefined;
}

export function describeNextAction(judged: JudgedSubject): string {
  const { judgement, subject } = judged;
  if (judgement.verdict === "unknown")
    return "Report it as unknown, and change nothing: a sweep changes only accounts that it knows enough about.";
  if (judgement.verdict !== "violating") return "Change nothing.";
  const obstacle = whyNeverChanged(judged) ?? whyNotChangedNow(judged);
  if (obstacle !== undefined) return `Report it, and change nothing: ${obstacle}.`;
  if (judged.directory.enrolsAtSignIn)
    return "Have the vendor ask for a device at the next sign-in, and read back whether it will, if run with --mode enforce.";
  if (!subject.profile) return "Switch MFA on, and read back whether it is on, if run with --mode enforce.";
  const push = subject.profile.pushed ? "push it live" : "leave the push to a person";
  return `Write it as the policy wants it, and ${push}, if run with --mode enforce.`;
}

/** Why no sweep would ever change it, in any mode. */
function whyNeverChanged({ id, policy, directory, subject, judgement }: JudgedSubject): string | undefined {
  const { enabled, bypass } = subject.facts;
  const rule = bindingRule(policy, judgement);
  if (bypass?.known && bypass.value.active && enabled.known && enabled.value)
    return "MFA is on, and only an administrator can end its bypass";
  if (!subject.profile && enabled.known && enabled.value) return "MFA is on, and only the person can register a device";
  if (rule?.enforce === "never") return `rule "${rule.name}" says enforce: never`;
  if (isBreakGlass(policy, id, subject.id)) return "breakGlass names it";
  if (!directory.enforce) return "accounts of this vendor can be read, and not changed";
  return isEnforceable({ id, policy }, judgement, subject) ? undefined : "it is not known whether MFA is on";
}

/** Why a sweep would not change it as things stand. */
function whyNotChangedNow(judged: JudgedSubject): string | undefined {
  const { policy, id, directory, subject, judgement, past, guards, clock } = judged;
  if (!mayChange(policy, id)) return "the directory's mode is observe";
  const refusal =
    unnamedService({ id, policy }, subject) ??
    lockoutRisk(judged, judgement, subject) ??
    untold(bindingRule(policy, judgement)?.notify, past.notices, clock()) ??
    recentRevert({ clock }, past) ??
    refusedPassword({ directory }, past) ??
    changedRecently({ clock }, subject, past);
  if (refusal) return `${refusal.why} (${refusal.outcome})`;
  if (judged.obstacle !== undefined) return judged.obstacle;
  if (guards.halted !== undefined) return `changes are halted: ${guards.halted}`;
  if (guards.held) return describeHold(guards.held);
  return frozen({ id, policy, clock })?.why;
}
