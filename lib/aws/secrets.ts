/** One secret per directory, from Secrets Manager by prefix. Cached for a few minutes; a failure never is. */
import type { SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import { WardenError } from "../errors.ts";
import type { Clock, Secret, SecretStore } from "../model/index.ts";

export const CACHE_MS = 5 * 60_000;

/** Secrets that are kept for five minutes, unless they are forgotten before. */
export interface KeptSecrets extends SecretStore {
  forget(name: string): void;
}

/** @param prefix stands before the secret's name, for example `mfa-warden/production/` */
export function managedSecrets(config: SecretsManagerClientConfig, prefix: string, clock: Clock): KeptSecrets {
  const cache = new Map<string, { readonly until: number; readonly value: Secret }>();
  return {
    async read(directory, name, signal) {
      const cached = cache.get(name);
      if (cached && cached.until > clock()) return cached.value;
      const value = await storedSecrets(config, prefix).read(directory, name, signal);
      cache.set(name, { until: clock() + CACHE_MS, value });
      return value;
    },
    forget(name) {
      cache.delete(name);
    },
  };
}

/** As they are in Secrets Manager at this moment. */
export const storedSecrets = (config: SecretsManagerClientConfig, prefix: string): SecretStore => ({
  read: async (directory, name, signal) => {
    const { text, version } = await fetchSecret(config, directory, `${prefix}${name}`, signal);
    return { value: parse(directory, text), version };
  },
});

/** How Secrets Manager says that there is none, or one that is being deleted. Anything else may be over in a moment. */
const GONE = ["ResourceNotFoundException", "InvalidRequestException"];

async function fetchSecret(
  config: SecretsManagerClientConfig,
  directory: string,
  id: string,
  signal: AbortSignal,
): Promise<{ readonly text: string; readonly version: string }> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  try {
    const client = new SecretsManagerClient(config);
    const command = new GetSecretValueCommand({ SecretId: id });
    const { SecretString, VersionId = "" } = await client.send(command, { abortSignal: signal });
    if (SecretString !== undefined) return { text: SecretString, version: VersionId };
  } catch (error) {
    const kind = error instanceof Error ? error.name : "unknown error";
    if (GONE.includes(kind)) throw missing(directory, `the secret ${id} could not be read (${kind})`);
    throw new WardenError(
      "ERR_SECRET_UNAVAILABLE",
      `The secret ${id} of ${directory} could not be read (${kind}); check the permission to read it, and try again.`,
    );
  }
  throw missing(directory, `the secret ${id} has no text`);
}

/** Also for a secrets file: the whole object is one directory's secret. */
export function parse(directory: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new WardenError("ERR_SECRET_INVALID", `The secret of ${directory} is not JSON; store one JSON object.`);
  }
}

export const missing = (directory: string, why: string): WardenError =>
  new WardenError("ERR_SECRET_MISSING", `${directory} has no secret: ${why}.`);
