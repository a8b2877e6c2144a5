/**
 * `explain`: reads one account or MFA server profile now and says how it is judged and what a sweep would do; or shows all accounts of a
 * person, as they were read last. Changes and records nothing.
 */

import { Command } from "commander";
import { explainAccount, explanationJson } from "../explain/explain-account.ts";
import { explainPerson } from "../explain/person.ts";
import { showExplanation } from "../explain/show.ts";
import { showPeople } from "../explain/show-person.ts";
import { splitAccount } from "../input/account.ts";
import { readInput } from "../input/read-input.ts";
import { clock } from "../local/records.ts";
import { exitWith, type PolicyOptions, withPolicy } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";

const DEADLINE_MS = 60_000;
/** Every account of every directory is read from the evidence, twice. */
const PEOPLE_DEADLINE_MS = 15 * 60_000;

export const explainCommand = (): Command =>
  withPolicy(new Command("explain"))
    .description("Reads one account now: its facts, the rule that binds it, the verdict and why, what a sweep would do")
    .argument(
      "<account>",
      "DIRECTORY/ACCOUNT by the vendor's id or the exact user name, a profile by location/name; or a person by user name or e-mail address",
    )
    .action(exitWith(explain));

async function explain(name: string, options: PolicyOptions): Promise<number> {
  if (!name.includes("/")) return explainWhom(name, options);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const account = splitAccount(name);
  const input = await readInput({ ...options, directory: [account.directory] }, clock, signal);
  const explanation = await explainAccount(input, account, options, signal);
  if (options.json) results.json(explanationJson(explanation, input));
  else showExplanation(explanation, input.policy);
  return 0;
}

/** All accounts of a person, as the newest whole sweeps read them. */
async function explainWhom(name: string, options: PolicyOptions): Promise<number> {
  const found = await explainPerson(name, options, AbortSignal.timeout(PEOPLE_DEADLINE_MS));
  if (options.json) results.json({ name, ...found });
  else showPeople(name, found);
  return 0;
}
