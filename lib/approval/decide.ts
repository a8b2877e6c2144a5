/** Approves and rejects plans: checks everything before it moves anything, and puts every attempt on record. */
import { asWardenError, WardenError } from "../errors.ts";
import { expirePlan } from "../ledger/index.ts";
import {
  type DecisionAttempt,
  omitUndefined,
  type PlanDecision,
  type PlanRecord,
  planStatusAt,
  type RunRecord,
} from "../model/index.ts";
import { directoryConfig } from "../policy/index.ts";
import { checkApprover } from "./approver.ts";
import type { ApprovalPorts, ApprovalRequest, ApprovedPlans, DecisionRequest } from "./ports.ts";
import { hashRun } from "./run-hash.ts";

/**
 * Approves the plans of a run that wait, so that a new run may apply them. Throws `ERR_APPROVAL_*`, and then nothing has changed
 * but the record of the attempt.
 */
export const approvePlans = (ports: ApprovalPorts, request: ApprovalRequest): Promise<ApprovedPlans> =>
  decideOnRecord(ports, request, "approve", async (run) => {
    const all = await ports.ledger.readPlans(request.run);
    const waiting = await choosePlans(ports, request, all);
    checkHash(waiting, all, request);
    checkApprover(ports.policy, request.origin, run.origin);
    for (const plan of waiting) await checkApplicable(ports, plan);
    return moveToApproved(ports, request, waiting);
  });

/** All of them, or none: where somebody else has just decided on one, the others wait as before. */
async function moveToApproved(
  ports: ApprovalPorts,
  request: ApprovalRequest,
  waiting: readonly PlanRecord[],
): Promise<ApprovedPlans> {
  const decision = decisionOf(ports, request);
  const plans: Record<string, string> = {};
  for (const plan of waiting) {
    if (!(await ports.ledger.movePlan(plan, "waiting", { status: "approved", decision }))) {
      await reopenPlans(
        ports,
        { run: request.run, plans },
        "another plan of the run was decided on at the same moment",
      );
      throw decidedMeanwhile(request.run);
    }
    plans[plan.directory] = plan.hash;
  }
  return { run: request.run, plans };
}

/** Ends the plans of a run that wait; who started the run may do so, too. Throws `ERR_APPROVAL_*`. Answers their directories. */
export const rejectPlans = (
  ports: ApprovalPorts,
  request: DecisionRequest & { readonly note: string },
): Promise<readonly string[]> =>
  decideOnRecord(ports, request, "reject", async () => {
    const waiting = await choosePlans(ports, request, await ports.ledger.readPlans(request.run));
    checkApprover(ports.policy, request.origin);
    const decision = decisionOf(ports, request);
    const rejected: string[] = [];
    for (const plan of waiting)
      if (await ports.ledger.movePlan(plan, "waiting", { status: "rejected", decision, why: request.note }))
        rejected.push(plan.directory);
    if (rejected.length === 0) throw decidedMeanwhile(request.run);
    return rejected;
  });

/** Approved plans whose run was not started wait again. One whose run has begun is left to that run. @param why a clause */
export async function reopenPlans(
  { ledger }: Pick<ApprovalPorts, "ledger">,
  { run, plans }: ApprovedPlans,
  why: string,
): Promise<void> {
  for (const plan of await ledger.readPlans(run))
    if (plan.hash === plans[plan.directory] && plan.appliedBy === undefined)
      await ledger.movePlan(plan, "approved", { status: "waiting", why });
}

async function decideOnRecord<T>(
  ports: ApprovalPorts,
  request: DecisionRequest & { readonly hash?: string },
  action: DecisionAttempt["action"],
  decide: (run: RunRecord) => Promise<T>,
): Promise<T> {
  const { ledger, clock } = ports;
  const known = await ledger.readRun(request.run);
  if (!known)
    throw new WardenError(
      "ERR_APPROVAL_UNKNOWN",
      `There is no run ${request.run} here; \`status\` lists the last ones.`,
    );
  const attempt = omitUndefined({
    ...request.origin,
    at: new Date(clock()).toISOString(),
    action,
    directories: request.directory === undefined ? known.run.directories : [request.directory],
    hash: request.hash,
    note: request.note,
  });
  const result = await decide(known.run).catch(asWardenError);
  const refused = result instanceof WardenError ? `${result.code}: ${result.message}` : undefined;
  await ledger.recordAttempt(request.run, omitUndefined({ ...attempt, refused }));
  if (result instanceof WardenError) throw result;
  return result;
}

/** Those that wait, in the order of their directories' ids; a person who names a directory means that one. */
async function choosePlans(
  { ledger, clock }: ApprovalPorts,
  { run, directory }: DecisionRequest,
  all: readonly PlanRecord[],
): Promise<readonly PlanRecord[]> {
  const named = all.filter((plan) => directory === undefined || plan.directory === directory);
  const place = directory === undefined ? `Run ${run}` : `Run ${run} of ${directory}`;
  if (named.length === 0)
    throw new WardenError(
      "ERR_APPROVAL_UNKNOWN",
      `${place} left no plan: it did not read everybody, or was made by an earlier version; sweep again.`,
    );
  const now = clock();
  for (const plan of named) await expirePlan(ledger, plan, now);
  const waiting = named.filter((plan) => planStatusAt(plan, now) === "waiting");
  if (waiting.length > 0) return waiting;
  const states = named.map(
    (plan) => `${plan.directory} is ${planStatusAt(plan, now)}${plan.why === undefined ? "" : ` (${plan.why})`}`,
  );
  throw new WardenError(
    "ERR_APPROVAL_STATE",
    `${place} has no plan that waits: ${states.join(", ")}. Sweep again for a new plan.`,
  );
}

function checkHash(
  plans: readonly PlanRecord[],
  all: readonly PlanRecord[],
  { run, hash, directory }: ApprovalRequest,
): void {
  const accepted =
    directory === undefined
      ? [hashRun(all), all.length === 1 ? all[0]?.hash : undefined]
      : plans.map((plan) => plan.hash);
  if (accepted.includes(hash.toLowerCase())) return;
  throw new WardenError(
    "ERR_APPROVAL_HASH",
    `The plan of run ${run}${directory === undefined ? "" : ` for ${directory}`} has another hash than ${hash.slice(0, 64)}; look at it with \`plan ${run}\` and approve what you have seen.`,
  );
}

async function checkApplicable({ policy, policyHash, ledger, clock }: ApprovalPorts, plan: PlanRecord): Promise<void> {
  const { directory, run } = plan;
  const refuse = (why: string) =>
    new WardenError("ERR_APPROVAL_STATE", `The plan of run ${run} for ${directory} cannot be approved: ${why}.`);
  if (plan.policy !== policyHash) throw refuse("the policy has changed since; sweep again for a new plan");
  if (directoryConfig(policy, directory)?.mode !== "enforce")
    throw refuse(`the policy only observes ${directory}; set its mode to enforce and sweep again`);
  const newest = (await ledger.readHead(directory)).plan?.run;
  // The plan of an undoing stands beside those of sweeps.
  if (plan.undoes === undefined && newest !== run)
    throw refuse(
      `it is not the newest plan of the directory${newest === undefined ? "" : `, which run ${newest} made`}`,
    );
  const lease = await ledger.readLease(directory);
  if (lease && Date.parse(lease.until) > clock())
    throw refuse(`run ${lease.run} is sweeping the directory; wait until it has ended, then look at the newest plan`);
}

const decisionOf = ({ clock }: ApprovalPorts, { origin, note }: DecisionRequest): PlanDecision =>
  omitUndefined({ ...origin, at: new Date(clock()).toISOString(), note });

const decidedMeanwhile = (run: string) =>
  new WardenError(
    "ERR_APPROVAL_STATE",
    `Somebody else has just decided on the plan of run ${run}; \`plan ${run}\` shows how. Your decision was not taken.`,
  );
