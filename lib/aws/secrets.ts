/** One secret per directory, from Secrets Manager by prefix. Cached for a few minutes; a failure never is. */
import type { SecretsManagerClient, SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import { type Cache, cacheUntil } from "../concurrency.ts";
import { WardenError } from "../errors.ts";
import type { Clock, Secret, SecretStore } from "../model/index.ts";
import { type AwsFailure, callAws } from "./call.ts";
import { lazyClient } from "./client.ts";

/** How long a secret is used before it is read again. */
export const SECRET_CACHE_MS = 5 * 60_000;

/** Secrets that are kept for five minutes, unless they are forgotten before. */
export interface KeptSecrets extends SecretStore {
  forget(name: string): void;
}

/** Secrets as they were within the last five minutes. @param prefix as `storedSecrets` takes it */
export function managedSecrets(config: SecretsManagerClientConfig, prefix: string, clock: Clock): KeptSecrets {
  const stored = storedSecrets(config, prefix);
  const caches = new Map<string, Cache<Secret>>();
  const cacheOf = (directory: string, name: string) => {
    const cache =
      caches.get(name) ??
      cacheUntil(clock, async (signal) => {
        const value = await stored.read(directory, name, signal);
        return { value, until: clock() + SECRET_CACHE_MS };
      });
    caches.set(name, cache);
    return cache;
  };
  return {
    read: (directory, name, signal) => cacheOf(directory, name).get(signal),
    forget: (name) => caches.get(name)?.clear(),
  };
}

type Connect = () => Promise<{
  readonly sdk: typeof import("@aws-sdk/client-secrets-manager");
  readonly client: SecretsManagerClient;
}>;

/** Secrets as they are at this moment. @param prefix stands before the secret's name, for example `mfa-warden/production/` */
export function storedSecrets(config: SecretsManagerClientConfig, prefix: string): SecretStore {
  const connect: Connect = lazyClient(
    () => import("@aws-sdk/client-secrets-manager"),
    (sdk) => new sdk.SecretsManagerClient(config),
  );
  return {
    read: async (directory, name, signal) => {
      const { text, version } = await fetchSecret(connect, directory, `${prefix}${name}`, signal);
      return { value: parse(directory, text), version };
    },
  };
}

function fetchSecret(
  connect: Connect,
  directory: string,
  id: string,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly version: string }> {
  return callAws(
    async () => {
      const { sdk, client } = await connect();
      const command = new sdk.GetSecretValueCommand({ SecretId: id });
      const { SecretString, VersionId = "" } = await client.send(command, { abortSignal: signal });
      if (SecretString === undefined) throw missing(directory, `the secret ${id} has no text`);
      return { text: SecretString, version: VersionId };
    },
    (failure) => unreadable(directory, id, failure),
  );
}

/** How Secrets Manager says that there is none, or one that is being deleted. Anything else may be over in a moment. */
const MISSING_SECRET_ERRORS = ["ResourceNotFoundException", "InvalidRequestException"];

const unreadable = (directory: string, id: string, { name, cause }: AwsFailure) =>
  MISSING_SECRET_ERRORS.includes(name)
    ? missing(directory, `the secret ${id} could not be read (${cause})`)
    : new WardenError(
        "ERR_SECRET_UNAVAILABLE",
        `The secret ${id} of ${directory} could not be read (${cause}); check the permission to read it, and try again.`,
      );

/** The JSON of a secret, or of a file with secrets. Throws `ERR_SECRET_INVALID`. */
function parse(directory: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new WardenError("ERR_SECRET_INVALID", `The secret of ${directory} is not JSON; store one JSON object.`);
  }
}

/** The error of a directory without a secret. @param why a clause */
export const missing = (directory: string, why: string): WardenError =>
  new WardenError("ERR_SECRET_MISSING", `${directory} has no secret: ${why}.`);
