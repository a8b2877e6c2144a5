/** The words that tell the approvers of a run that its plans wait. Pure. */

import { createHash } from "node:crypto";
import { type NoticeParts, omitUndefined, type PlanNotice, type PlanRecord, type RunRecord } from "../model/index.ts";
import type { Policy } from "../policy/index.ts";
import { dayAndTime, plainLine } from "./compose.ts";
import { textOfParts } from "./parts.ts";

/** The plans of a run that wait, and what they would do. */
export interface WaitingPlans {
  readonly run: Pick<RunRecord, "run" | "origin">;
  /** What an approval of all of them names. */
  readonly hash: string;
  /** At least one. */
  readonly plans: readonly PlanRecord[];
  /** How many changes each rule calls for, by directory. */
  readonly byRule: ReadonlyMap<string, Readonly<Record<string, number>>>;
  /** When they are told; ISO 8601. */
  readonly at: string;
}

export function composePlanNotice(
  { to, link }: NonNullable<NonNullable<Policy["notify"]>["plan"]>,
  waiting: WaitingPlans,
  timezone: string,
): PlanNotice {
  const { run, hash, plans, at } = waiting;
  const expiresAt = plans.map((plan) => plan.expiresAt).toSorted()[0] ?? at;
  const address = fillInRun(link, run.run);
  const parts = partsOf(waiting, dayAndTime(expiresAt, timezone));
  return omitUndefined({
    id: createHash("sha256")
      .update(JSON.stringify(["plan", run.run, hash]))
      .digest("hex"),
    kind: "plan",
    to,
    run: run.run,
    hash,
    subject: `MFA: ${countOf(plans)} wait for your approval`,
    text: textOfParts(parts, address),
    parts,
    expiresAt,
    link: address,
  });
}

/** The policy's address for people, with the run that they are told of. */
export const fillInRun = (link: string | undefined, run: string): string | undefined =>
  link?.replaceAll("{run}", encodeURIComponent(run));

const countOf = (plans: readonly PlanRecord[]): string => {
  const changes = plans.reduce((sum, plan) => sum + plan.changes, 0);
  return changes === 1 ? "1 change" : `${changes} changes`;
};

const partsOf = ({ run: { run, origin }, hash, plans, byRule }: WaitingPlans, expires: string): NoticeParts => ({
  lead: `Run ${run}, started by ${plainLine(origin.by)}, would make ${countOf(plans)}. Nothing is changed unless you approve it.`,
  items: plans.map((plan) => lineOf(plan, byRule.get(plan.directory) ?? {})),
  commands: [
    { label: "Look at it", command: `plan ${run}` },
    { label: "Approve it", command: `approve ${run} --plan ${hash}` },
    { label: "Reject it", command: `reject ${run} --reason "..."` },
  ],
  closing: [`It expires on ${expires}.`, "You get this message because notify.plan of the policy names you."],
});

function lineOf({ directory, changes, undoes }: PlanRecord, rules: Readonly<Record<string, number>>): string {
  const what = undoes === undefined ? `${changes} to change` : `${changes} to put back as before run ${undoes}`;
  const counts = Object.entries(rules).map(([rule, count]) => `${plainLine(rule)} ${count}`);
  return `${directory}: ${what}${counts.length > 0 ? ` (${counts.join(", ")})` : ""}`;
}
