/** What a Keycloak realm says of itself: whether its sign-in asks for a second factor, and carries out the action. */

import { asWardenError, WardenError } from "../../errors.ts";
import type { DirectoryFact, Fact } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import type { ProtectionSource } from "./protection.ts";
import type { Settings } from "./settings.ts";

/** Throws only `ERR_ABORTED`. */
export async function directoryFacts(
  { action }: Pick<Settings, "action">,
  protection: ProtectionSource,
  signal: AbortSignal,
): Promise<DirectoryFact[]> {
  const realm = await protection.get(signal).catch(asWardenError);
  if (realm instanceof WardenError) {
    if (realm.code === "ERR_ABORTED") throw realm;
    const why = describeError(realm);
    return [unknown("browserFlow", SIGN_IN, why), unknown(action, carriedOut(action), why)];
  }
  return [signInFact(realm.accepted), actionFact(action, realm.actions)];
}

const SIGN_IN = "the realm's sign-in by browser asks for a second factor";
const carriedOut = (action: string) => `the realm carries out ${action} and asks for what that registers`;

const unknown = (name: string, what: string, why: string): DirectoryFact => ({
  name,
  value: null,
  meaning: `Whether ${what} is not known: ${why.replace(/\.$/, "")}.`,
});

function signInFact(accepted: Fact<ReadonlySet<string>>): DirectoryFact {
  if (!accepted.known) return unknown("browserFlow", SIGN_IN, accepted.why);
  const meaning = `The realm's sign-in by browser asks everybody who has one for ${[...accepted.value].join(", ")}.`;
  return { name: "browserFlow", value: true, meaning };
}

function actionFact(action: string, actions: Fact<ReadonlySet<string>>): DirectoryFact {
  if (!actions.known) return unknown(action, carriedOut(action), actions.why);
  const value = actions.value.has(action);
  const meaning = value ? `T${carriedOut(action).slice(1)}.` : `It is not so that ${carriedOut(action)}.`;
  return { name: action, value, meaning };
}
