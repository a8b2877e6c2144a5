/** A decision that comes as a request: reads it, has it decided, starts the run, and answers what the caller may know. */
import * as v from "valibot";
import { type Code, hasCode, problemOf, WardenError } from "../errors.ts";
import {
  type AnnouncePlan,
  MAX_WAVE_WAIT_MINUTES,
  omitUndefined,
  type PlanRecord,
  planChanged,
} from "../model/index.ts";
import { approvePlans, rejectPlans, reopenPlans } from "./decide.ts";
import type { ApprovalPorts, ApprovedPlans } from "./ports.ts";

export interface RemotePorts extends ApprovalPorts {
  /** Starts the run that applies the plans, once however often it is asked for. Throws `ERR_RUN_NOT_STARTED` only if none can have begun. */
  readonly start: (approval: RemoteApproval, signal: AbortSignal) => Promise<void>;
  /** Called for each plan that came to another status meanwhile; what it throws is for its own log. */
  readonly announcePlan?: AnnouncePlan;
}

export interface RemoteApproval {
  readonly plans: ApprovedPlans;
  /** Who approved them. */
  readonly by: string;
  /** How long the run rests between two waves. */
  readonly waveWaitSeconds?: number;
}

export interface DecisionAnswer {
  readonly status: number;
  readonly body: object;
  /** Of the error, if it is one. */
  readonly code?: Code;
}

const MAX_BODY_CHARACTERS = 10_000;
const MAX_WAVE_WAIT_SECONDS = 60 * MAX_WAVE_WAIT_MINUTES;
const text = v.pipe(v.string(), v.regex(/\S/), v.maxLength(1_000));
const name = v.pipe(v.string(), v.nonEmpty(), v.maxLength(100));
const decisionSchema = v.variant("action", [
  v.strictObject({
    action: v.literal("approve"),
    run: name,
    directory: v.exactOptional(name),
    hash: v.pipe(v.string(), v.hexadecimal(), v.length(64)),
    note: v.exactOptional(text),
    waveWaitSeconds: v.exactOptional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_WAVE_WAIT_SECONDS))),
  }),
  v.strictObject({ action: v.literal("reject"), run: name, directory: v.exactOptional(name), note: text }),
]);

/** @param caller who signed the request, as the guard before us says; without one nobody has @param body JSON */
export async function answerDecision(
  ports: RemotePorts,
  caller: string | undefined,
  body: string | undefined,
  signal: AbortSignal,
): Promise<DecisionAnswer> {
  try {
    if (caller === undefined)
      throw new WardenError("ERR_APPROVAL_DENIED", "Nobody signed this request; sign it as an AWS caller.");
    return { status: 200, body: await decide(ports, caller, body, signal) };
  } catch (error) {
    const { code, message } = problemOf(error);
    return { status: STATUSES[code] ?? 500, body: { error: { code, message } }, code };
  }
}

const STATUSES: Readonly<Partial<Record<Code, number>>> = {
  ERR_INPUT_INVALID: 400,
  ERR_APPROVAL_DENIED: 403,
  ERR_APPROVAL_UNKNOWN: 404,
  ERR_APPROVAL_HASH: 409,
  ERR_APPROVAL_STATE: 409,
  ERR_RUN_NOT_STARTED: 502,
  ERR_RUN_UNCONFIRMED: 504,
  ERR_LEDGER_UNAVAILABLE: 503,
};

async function decide(ports: RemotePorts, by: string, body: string | undefined, signal: AbortSignal): Promise<object> {
  const request = readDecision(body);
  const before = ports.announcePlan ? await ports.ledger.readPlans(request.run) : [];
  try {
    return await act(ports, by, request, signal);
  } finally {
    if (before.length > 0) await announceMoved(ports, request.run, before, signal);
  }
}

/** Also where the decision was refused: then the plan may have expired, or waits again. */
async function announceMoved(
  { ledger, announcePlan }: RemotePorts,
  run: string,
  before: readonly PlanRecord[],
  signal: AbortSignal,
): Promise<void> {
  const was = new Map(before.map(({ directory, status }) => [directory, status]));
  for (const plan of await ledger.readPlans(run))
    if (plan.status !== was.get(plan.directory)) await announcePlan?.(planChanged(plan), signal);
}

async function act(
  ports: RemotePorts,
  by: string,
  request: v.InferOutput<typeof decisionSchema>,
  signal: AbortSignal,
): Promise<object> {
  const origin = { by, how: "approval API" };
  if (request.action === "reject") {
    const { run, directory, note } = request;
    return { run, rejected: await rejectPlans(ports, { run, directory, note, origin }) };
  }
  const plans = await approvePlans(ports, { ...request, origin });
  const { waveWaitSeconds } = request;
  await startOrReopen(ports, omitUndefined({ plans, by, waveWaitSeconds }), signal);
  return plans;
}

async function startOrReopen(ports: RemotePorts, approval: RemoteApproval, signal: AbortSignal): Promise<void> {
  try {
    await ports.start(approval, signal);
  } catch (error) {
    // After any other error the run may have begun.
    if (hasCode(error, "ERR_RUN_NOT_STARTED")) await reopenPlans(ports, approval.plans, "its run could not be started");
    throw error;
  }
}

function readDecision(body: string | undefined): v.InferOutput<typeof decisionSchema> {
  if (body !== undefined && body.length <= MAX_BODY_CHARACTERS) {
    const read = v.safeParse(v.pipe(v.string(), v.parseJson(), decisionSchema), body);
    if (read.success) return read.output;
  }
  throw new WardenError(
    "ERR_INPUT_INVALID",
    "This is no decision on a plan: send { action, run, directory, hash, note } as JSON, with `action` approve or reject.",
  );
}
