/** Checks whether the key is there under which is digested what accounts of several directories are joined by. */

import { peopleKeyReader } from "../../functions/people-key.ts";
import type { Input } from "../input/read-input.ts";
import { type CheckLine, failedCheck } from "./check-line.ts";

/** No line where the policy joins nobody, or by user names alone. */
export async function checkPeopleKey({ policy, secrets }: Input, signal: AbortSignal): Promise<CheckLine[]> {
  const readKey = peopleKeyReader({ policy, secrets });
  if (!readKey) return [];
  const name = "key of people";
  try {
    await readKey(signal);
    return [{ name, result: "passed", detail: `The secret ${policy.people?.secret} holds a key.` }];
  } catch (error) {
    return [failedCheck(name, error)];
  }
}
