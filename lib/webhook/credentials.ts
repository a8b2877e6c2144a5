/** What webhooks must present, read from the secrets of all directories together. */

import * as v from "valibot";
import { SECRET_CACHE_MS } from "../aws/secrets.ts";
import { cacheUntil } from "../concurrency.ts";
import { retryable, WardenError } from "../errors.ts";
import type { Clock, SecretStore, WebhookCredentials } from "../model/index.ts";

const LOAD_DEADLINE_MS = 5_000;
/** Long enough that nobody guesses one. */
const MIN_CREDENTIAL_CHARACTERS = 16;

/** Two, so that one can take the other's place. */
const hookSecretSchema = v.object({
  hooks: v.pipe(v.array(v.pipe(v.string(), v.minLength(MIN_CREDENTIAL_CHARACTERS))), v.minLength(1), v.maxLength(2)),
});

/**
 * Reads the credentials of all directories, always together, so that how long it takes says nothing of any of them. Keeps them
 * for five minutes. Throws `ERR_SECRET_UNAVAILABLE`, which is never kept. One that is missing or wrong hinders no other.
 * @param names directory to its secret's name; hook credentials are in a secret of their own, `<name>/hooks`
 * @param secrets that keep nothing themselves
 * @param report is told of each credential that is missing or wrong
 */
export function webhookCredentials(
  names: ReadonlyMap<string, string>,
  secrets: SecretStore,
  clock: Clock,
  report: (problem: WardenError) => void,
): () => Promise<WebhookCredentials> {
  const cache = cacheUntil(clock, async (signal) => {
    const reads = [...names].map(async ([directory, name]) => {
      const values = await readHookSecret(secrets, directory, name, signal).catch(reportLasting(report));
      return [directory, values] as const;
    });
    // Nothing may still be under way when Lambda stops the clock of this process.
    await Promise.allSettled(reads);
    const value = new Map<string, readonly string[]>();
    for (const [directory, values] of await Promise.all(reads)) if (values) value.set(directory, values);
    return { value, until: clock() + SECRET_CACHE_MS };
  });
  return () => cache.get(AbortSignal.timeout(LOAD_DEADLINE_MS));
}

/** One or two values. Throws `ERR_SECRET_*`. */
async function readHookSecret(
  secrets: SecretStore,
  directory: string,
  name: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const read = v.safeParse(hookSecretSchema, (await secrets.read(directory, `${name}/hooks`, signal)).value);
  if (read.success) return read.output.hooks;
  throw new WardenError(
    "ERR_SECRET_INVALID",
    `The secret of ${directory} must have "hooks": one or two values of at least ${MIN_CREDENTIAL_CHARACTERS} characters; its webhooks are refused until then.`,
  );
}

/** Throws what may pass, and what is not ours. */
const reportLasting =
  (report: (problem: WardenError) => void) =>
  (error: unknown): undefined => {
    if (!(error instanceof WardenError) || retryable(error)) throw error;
    report(error);
  };
