/** One secret per directory, from Secrets Manager by prefix. Cached for a few minutes; a failure never is. */
import type { SecretsManagerClientConfig } from "@aws-sdk/client-secrets-manager";
import * as v from "valibot";
import { retryable, WardenError } from "../errors.ts";
import type { Clock, Secret, Secrets } from "../model/index.ts";

const CACHE_MS = 5 * 60_000;

/** Secrets that are kept for five minutes, unless they are forgotten before. */
export interface KeptSecrets extends Secrets {
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
export const storedSecrets = (config: SecretsManagerClientConfig, prefix: string): Secrets => ({
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

const LOAD_MS = 5_000;

/** Two, so that one can take the other's place; long enough that nobody guesses one. */
const hooksSchema = v.object({
  hooks: v.pipe(v.array(v.pipe(v.string(), v.minLength(16))), v.minLength(1), v.maxLength(2)),
});

/** What webhooks must present, by directory: one or two values each; a directory that is not there takes none. */
export type HookCredentials = ReadonlyMap<string, readonly string[]>;

/**
 * Hook credentials of all directories, always together, so that how long it takes says nothing of any of them. Kept for five
 * minutes; throws `ERR_SECRET_UNAVAILABLE`, which is never kept. One that is missing or wrong is told to `report` and
 * hinders no other.
 * @param names directory to its secret's name; hook credentials are in a secret of their own, `<name>/hooks`
 * @param secrets that keep nothing themselves
 */
export function hookCredentials(
  names: ReadonlyMap<string, string>,
  secrets: Secrets,
  clock: Clock,
  report: (problem: WardenError) => void,
): () => Promise<HookCredentials> {
  let kept: { readonly until: number; readonly values: HookCredentials } | undefined;
  let loading: Promise<HookCredentials> | undefined;
  const load = async () => {
    const signal = AbortSignal.timeout(LOAD_MS);
    const reads = [...names].map(([directory, name]) => readHooks(secrets, directory, name, signal, report));
    // Nothing may still be under way when Lambda stops the clock of this process.
    await Promise.allSettled(reads);
    const values = new Map((await Promise.all(reads)).filter((entry) => entry !== undefined));
    kept = { until: clock() + CACHE_MS, values };
    return values;
  };
  return async () => {
    if (kept && kept.until > clock()) return kept.values;
    loading ??= load().finally(() => {
      loading = undefined;
    });
    return loading;
  };
}

async function readHooks(
  secrets: Secrets,
  directory: string,
  name: string,
  signal: AbortSignal,
  report: (problem: WardenError) => void,
): Promise<[directory: string, values: readonly string[]] | undefined> {
  try {
    const read = v.safeParse(hooksSchema, (await secrets.read(directory, `${name}/hooks`, signal)).value);
    if (read.success) return [directory, read.output.hooks];
    throw new WardenError(
      "ERR_SECRET_INVALID",
      `The secret of ${directory} must have "hooks": one or two values of at least 16 characters; its webhooks are refused until then.`,
    );
  } catch (error) {
    if (!(error instanceof WardenError) || retryable(error)) throw error;
    report(error);
    return undefined;
  }
}
