/** The key under which is digested what people are known by: one secret of the deployment, the same for all directories. */
import * as v from "valibot";
import { WardenError } from "../lib/errors.ts";
import type { SecretStore } from "../lib/model/index.ts";
import { needsPeopleKey, type Policy } from "../lib/policy/index.ts";

const MIN_KEY_CHARACTERS = 32;

const keySchema = v.object({ key: v.pipe(v.string(), v.minLength(MIN_KEY_CHARACTERS)) });

interface PeopleAdapters {
  readonly policy: Pick<Policy, "people">;
  readonly secrets: SecretStore;
}

/** `undefined`: the policy needs none. What it answers throws `ERR_SECRET_*`. */
export function peopleKeyReader({
  policy: { people },
  secrets,
}: PeopleAdapters): ((signal: AbortSignal) => Promise<Uint8Array>) | undefined {
  if (!people || !needsPeopleKey(people)) return undefined;
  const { secret } = people;
  return async (signal) => {
    const { value } = await secrets.read(secret, secret, signal);
    const read = v.safeParse(keySchema, value);
    if (read.success) return new TextEncoder().encode(read.output.key);
    throw new WardenError(
      "ERR_SECRET_INVALID",
      `The secret ${secret} must be { "key": "…" } with at least ${MIN_KEY_CHARACTERS} characters.`,
    );
  };
}
