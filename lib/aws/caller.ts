/** Who AWS takes us for: the ARN that our credentials stand for. */
import { WardenError } from "../errors.ts";
import type { Clock } from "../model/index.ts";
import { signedCaller } from "./signed-call.ts";

const unknownCaller = (cause: string) =>
  new WardenError(
    "ERR_CALLER_UNKNOWN",
    `AWS could not be asked whose credentials these are (${cause}), and a run is only started by somebody who is known; try again.`,
  );

/** Where STS is, and the region that a call to it is signed for. */
export interface StsNeeds {
  readonly region: string;
  /** AWS's own unless given. */
  readonly endpoint?: string | undefined;
  readonly clock: Clock;
}

/** Needs no permission. Throws `ERR_CALLER_UNKNOWN`. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
export async function callerArn({ region, endpoint, clock }: StsNeeds, signal: AbortSignal): Promise<string> {
  const { post } = signedCaller({ region }, { clock, toError: unknownCaller });
  const call = {
    url: new URL("/", endpoint ?? `https://sts.${region}.amazonaws.com`),
    service: "sts",
    type: "application/x-www-form-urlencoded; charset=utf-8",
    body: "Action=GetCallerIdentity&Version=2011-06-15",
  };
  const { status, body } = await post(call, signal);
  const [, arn] = /<Arn>(arn:aws[a-z-]*:[\w+=,.@:/-]{1,2000})<\/Arn>/.exec(body) ?? [];
  if (status === 200 && arn !== undefined) return arn;
  throw unknownCaller(`HTTP ${status}`);
}
