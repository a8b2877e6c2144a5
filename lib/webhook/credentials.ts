/** What webhooks must present, read from the secrets of all directories together. */

import * as v from "valibot";
import { SECRET_CACHE_MS } from "../aws/secrets.ts";
import { cacheUntil } from "../concurrency.ts";
import { retryable, WardenError } from "../errors.ts";
import type { Clock, SecretStore, WebhookCredentials } from "../model/index.ts";

const LOAD_MS = 5_000;

/** Two, so that one can take the other's place; long enough that nobody guesses one. */
const hooksSchema = v.object({
  hooks: v.pipe(v.array(v.pipe(v.string(), v.minLength(16))), v.minLength(1), v.maxLength(2)),
});

async function readHooks(
  secrets: SecretStore,
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

/**
 * Hook credentials of all directories, always together, so that how long it takes says nothing of any of them. Kept for five
 * minutes; throws `ERR_SECRET_UNAVAILABLE`, which is never kept. One that is missing or wrong is told to `report` and
 * hinders no other.
 * @param names directory to its secret's name; hook credentials are in a secret of their own, `<name>/hooks`
 * @param secrets that keep nothing themselves
 */
export function webhookCredentials(
  names: ReadonlyMap<string, string>,
  secrets: SecretStore,
  clock: Clock,
  report: (problem: WardenError) => void,
): () => Promise<WebhookCredentials> {
  const cache = cacheUntil(clock, async (signal) => {
    const reads = [...names].map(([directory, name]) => readHooks(secrets, directory, name, signal, report));
    // Nothing may still be under way when Lambda stops the clock of this process.
    await Promise.allSettled(reads);
    const value = new Map((await Promise.all(reads)).filter((entry) => entry !== undefined));
    return { value, until: clock() + SECRET_CACHE_MS };
  });
  return () => cache.get(AbortSignal.timeout(LOAD_MS));
}
