/** Who is at the keyboard: goes on record with what was asked for. */

import { hostname, userInfo } from "node:os";
import { callerArn, type StsNeeds } from "../../lib/aws/caller.ts";
import type { Origin } from "../../lib/model/index.ts";

/** @param command as it was typed */
export function originOf(command: string, aws: boolean | undefined): Origin {
  const user = `${userName()}@${hostname()}`;
  return { by: aws ? `${user} via AWS credentials` : user, how: `command line: ${command}` };
}

const STS_DEADLINE_MS = 20_000;

/**
 * Of whoever starts a run: in AWS also the caller that the credentials stand for, since that is who approves there, and nobody
 * approves what they started themselves. Throws `ERR_CALLER_UNKNOWN`. @param command as it was typed
 */
export async function starterOf(command: string, aws: boolean | undefined): Promise<Origin> {
  const { by, how } = originOf(command, aws);
  return aws
    ? { by: await callerArn(stsNeeds(), AbortSignal.timeout(STS_DEADLINE_MS)), how: `${how} (${by})` }
    : { by, how };
}

/** By the variables that the AWS SDKs read. */
function stsNeeds(): StsNeeds {
  const { AWS_REGION, AWS_DEFAULT_REGION, AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL } = process.env;
  const region = AWS_REGION ?? AWS_DEFAULT_REGION ?? "us-east-1";
  return { region, endpoint: AWS_ENDPOINT_URL_STS ?? AWS_ENDPOINT_URL, clock: Date.now };
}

/** A container may run as a user that has no name. */
export function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}
