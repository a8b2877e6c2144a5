/** Starts a run by calling the deployed function that runs it, and does not wait for its end. */
import type { LambdaClientConfig } from "@aws-sdk/client-lambda";
import { asWardenError, hasCode, WardenError } from "../errors.ts";
import { omitUndefined } from "../model/index.ts";
import { type AwsFailure, callAws } from "./call.ts";
import { lazyClient } from "./client.ts";

/** @param name of the execution: of two starts with the same name, one begins @param order as the function takes it */
export type StartRun = (name: string, order: object, signal: AbortSignal) => Promise<void>;

const MAX_ATTEMPTS = 3;
const ATTEMPT_DEADLINE_MS = 2_500;

/**
 * Asks with the same name until Lambda says that the run has begun, or has surely refused it. Throws `ERR_RUN_NOT_STARTED` where each
 * request was refused, and `ERR_RUN_UNCONFIRMED` where one of them may have begun it.
 * @param arn of a version of the function: a durable function is called by one; needs `lambda:InvokeFunction` on it.
 * https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html
 */
export function runStarter(
  config: LambdaClientConfig,
  arn: string,
  attemptDeadlineMs: number = ATTEMPT_DEADLINE_MS,
): StartRun {
  const connect = lazyClient(
    () => import("@aws-sdk/client-lambda"),
    // One request an attempt: what became of one that was sent again within, no answer tells.
    (sdk) => new sdk.LambdaClient({ ...config, maxAttempts: 1 }),
  );
  const startOnce = async (name: string, order: object, signal: AbortSignal) => {
    const { sdk, client } = await connect();
    const command = new sdk.InvokeCommand({
      FunctionName: arn,
      InvocationType: "Event",
      DurableExecutionName: name,
      Payload: JSON.stringify(order),
    });
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(attemptDeadlineMs)]);
    await callAws(() => client.send(command, { abortSignal: inTime }), startError);
  };
  return async (name, order, signal) => {
    let unconfirmed: WardenError | undefined;
    for (let attempt = 1; ; attempt++) {
      const failed = await startOnce(name, order, signal).then(() => undefined, asWardenError);
      if (failed === undefined || failed.detail.vendorCode === ALREADY_STARTED) return;
      if (!isRefusal(failed)) unconfirmed ??= failed;
      const mayHelp = !isRefusal(failed) || failed.detail.status === THROTTLED;
      if (!mayHelp || attempt === MAX_ATTEMPTS || signal.aborted) throw unconfirmed ?? failed;
    }
  };
}

/** It has begun by an earlier request with the same name. */
const ALREADY_STARTED = "DurableExecutionAlreadyStartedException";
const THROTTLED = 429;

/** Only an answer that refuses the request proves that it began nothing. */
const isRefusal = (error: WardenError): boolean => hasCode(error, "ERR_RUN_NOT_STARTED");

function startError({ cause, name, status }: AwsFailure): WardenError {
  const detail = omitUndefined({ vendorCode: name, status });
  if (status !== undefined && status >= 400 && status < 500)
    return new WardenError(
      "ERR_RUN_NOT_STARTED",
      `The run could not be started (${cause}); nothing was changed, approve the plan again.`,
      detail,
    );
  return new WardenError(
    "ERR_RUN_UNCONFIRMED",
    `Whether the run that applies the plan has begun is not known (${cause}), so the plan stays approved and is not started again; \`status\` shows the run if it has, else sweep again for a new plan.`,
    detail,
  );
}
