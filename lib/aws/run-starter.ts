/** Starts a run by calling the deployed function that runs it, and does not wait for its end. */
import type { LambdaClientConfig } from "@aws-sdk/client-lambda";
import { WardenError } from "../errors.ts";
import { callAws } from "./call.ts";
import { lazyClient } from "./client.ts";

/** @param name of the execution: of two starts with the same name, one begins @param order as the function takes it */
export type StartRun = (name: string, order: object, signal: AbortSignal) => Promise<void>;

/**
 * Throws `ERR_RUN_NOT_STARTED`. @param arn of a version of the function: a durable function is called by one; needs
 * `lambda:InvokeFunction` on it. https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html
 */
export function runStarter(config: LambdaClientConfig, arn: string): StartRun {
  const connect = lazyClient(
    () => import("@aws-sdk/client-lambda"),
    (sdk) => new sdk.LambdaClient(config),
  );
  return (name, order, signal) =>
    callAws(
      async () => {
        const { sdk, client } = await connect();
        const command = new sdk.InvokeCommand({
          FunctionName: arn,
          InvocationType: "Event",
          DurableExecutionName: name,
          Payload: JSON.stringify(order),
        });
        await client.send(command, { abortSignal: signal });
      },
      // It has been started with the same order before: that is what was asked for.
      ({ cause, name: error }) => notStarted(cause, error),
    ).catch((error: unknown) => {
      if (error instanceof WardenError && error.detail.vendorCode === ALREADY_STARTED) return;
      throw error;
    });
}

const ALREADY_STARTED = "DurableExecutionAlreadyStartedException";

const notStarted = (cause: string, error: string) =>
  new WardenError(
    "ERR_RUN_NOT_STARTED",
    `The run could not be started (${cause}); nothing was changed, approve the plan again.`,
    { vendorCode: error },
  );
