/** Reads the environment that the deployment gives a function. Nothing else does, and this loads no client. */
import { readFileSync } from "node:fs";
import { WardenError } from "../lib/errors.ts";
import { type Policy, readCompiled } from "../lib/policy/index.ts";

/** As AWS, the SDKs and the deployment name them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `ERR_INPUT_INVALID` when the deployment did not give this name. */
export function nameOf(environment: Environment, name: string): string {
  const value = environment[name];
  if (value !== undefined) return value;
  throw new WardenError("ERR_INPUT_INVALID", `${name} is not set; deploy this function again.`);
}

/** The compiled policy that was deployed. Throws `ERR_POLICY_INVALID`. */
export const policyOf = (environment: Environment): Policy =>
  readCompiled(JSON.parse(readFileSync(nameOf(environment, "MFA_WARDEN_POLICY"), "utf8")));

/**
 * How to address buckets: in the path where an endpoint is set, since a host of one's own knows no name with a bucket before it;
 * else as AWS wants it.
 */
export const bucketAddressing = (environment: Environment): { readonly forcePathStyle?: true } =>
  environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL ? { forcePathStyle: true } : {};

/** Where KMS is, if not where AWS has it; as the SDKs name it. */
export const kmsAddressing = (environment: Environment): { readonly endpoint?: string | undefined } => ({
  endpoint: environment.AWS_ENDPOINT_URL_KMS ?? environment.AWS_ENDPOINT_URL,
});
