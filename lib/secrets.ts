/** One secret per directory, from Secrets Manager by prefix. Cached for a few minutes; a failure never is. */
import type { SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import { WardenError } from "./errors.ts";
import type { Clock, Secrets } from "./model.ts";

const CACHE_MS = 5 * 60_000;

/** @param prefix stands before the secret's name, for example `mfa-warden/production/` */
export function managedSecrets(config: SecretsManagerClientConfig, prefix: string, clock: Clock): Secrets {
  const cache = new Map<string, { readonly until: number; readonly value: unknown }>();
  return {
    async read(directory, name, signal) {
      const cached = cache.get(name);
      if (cached && cached.until > clock()) return cached.value;
      const value = parse(directory, await fetchSecret(config, directory, `${prefix}${name}`, signal));
      cache.set(name, { until: clock() + CACHE_MS, value });
      return value;
    },
  };
}

async function fetchSecret(
  config: SecretsManagerClientConfig,
  directory: string,
  id: string,
  signal: AbortSignal,
): Promise<string> {
  const { GetSecretValueCommand, SecretsManagerClient } = await import("@aws-sdk/client-secrets-manager");
  try {
    const client = new SecretsManagerClient(config);
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: id }), { abortSignal: signal });
    if (SecretString !== undefined) return SecretString;
  } catch (error) {
    const kind = error instanceof Error ? error.name : "unknown error";
    throw missing(directory, `the secret ${id} could not be read (${kind})`);
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
