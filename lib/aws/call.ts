/** One call to AWS: whatever goes wrong becomes an error of ours that names the cause, and nothing of the request. */
import { WardenError } from "../errors.ts";
import { omitUndefined } from "../model/index.ts";
import { networkCause } from "../network-cause.ts";

/** Why a call failed. The SDK's own message may hold a request, a body or a secret, and goes no further. */
export interface AwsFailure {
  /** For people, a few words: AWS's own name for a refusal, or what is wrong on the way to it. */
  readonly cause: string;
  /** The error's class name, for example `NoSuchKey`. */
  readonly name: string;
  /** HTTP status; absent where no answer came. */
  readonly status?: number;
}

/** Makes a call. What it throws becomes what `toError` makes of it; an error that is ours already stays as it is. */
export async function callAws<T>(send: () => Promise<T>, toError: (failure: AwsFailure) => WardenError): Promise<T> {
  try {
    return await send();
  } catch (error) {
    throw error instanceof WardenError ? error : toError(failureOf(error));
  }
}

const failureOf = (error: unknown): AwsFailure =>
  omitUndefined({ cause: causeOf(error), name: awsErrorName(error), status: statusOf(error) });

function statusOf(error: unknown): number | undefined {
  if (!(error instanceof Error)) return undefined;
  return (error as { readonly $metadata?: { readonly httpStatusCode?: number } }).$metadata?.httpStatusCode;
}

export const awsErrorName = (error: unknown): string => (error instanceof Error ? error.name : "unknown error");

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return "unknown error";
  return networkCause(error) ?? stopCause(error) ?? settingsCause(error) ?? statusCause(error) ?? error.name;
}

const stopCause = ({ name }: Error) => (name === "AbortError" ? "it was stopped, or took too long" : undefined);

/** What the SDK finds wrong before it calls anybody. */
function settingsCause({ name, message }: Error): string | undefined {
  if (message === "Region is missing") return "no region is set: set AWS_REGION";
  if (name !== "CredentialsProviderError") return undefined;
  // The SDK says the same where AWS_PROFILE names no profile.
  if (message.startsWith("Could not load credentials"))
    return "no AWS credentials were found, or the profile that AWS_PROFILE names does not exist";
  return /\bSSO session|\bexpired|re-authenticate/i.test(message)
    ? "the AWS sign-in is missing or over: sign in again"
    : "the AWS credentials could not be loaded; look at the profile that AWS_PROFILE names";
}

/** Some refusals come without a body, and so without a name; and what stands before AWS answers with a page. */
function statusCause(error: Error): string | undefined {
  if (error.name !== "Unknown" && error.name !== "Error" && error.name !== "SyntaxError") return undefined;
  const status = statusOf(error);
  if (status === undefined) return "an unexpected error";
  return error.name === "Unknown" ? `HTTP ${status}` : `its answer, HTTP ${status}, could not be read`;
}
