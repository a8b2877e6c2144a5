/** Finds a person by what they are known by, in the newest whole sweep of each directory, with all their accounts. */

import { peopleKeyReader } from "../../functions/people-key.ts";
import { WardenError } from "../../lib/errors.ts";
import { JOIN_KEYS } from "../../lib/model/index.ts";
import { foldName, type Policy, personKeyer } from "../../lib/policy/index.ts";
import { type FoundPeople, findPeople, gatherRun } from "../../lib/report/index.ts";
import { readInput } from "../input/read-input.ts";
import { clock, openExistingRecords, withRecords } from "../local/records.ts";
import type { PolicyOptions } from "../terminal/options.ts";

/** Throws `ERR_INPUT_INVALID` where nobody is found, or the policy of the last run joins nobody. */
export async function explainPerson(name: string, options: PolicyOptions, signal: AbortSignal): Promise<FoundPeople> {
  const { secrets } = await readInput({ ...options, directory: [] }, clock, signal);
  return withRecords(await openExistingRecords(options, signal), async (records) => {
    const ports = { ...records, clock };
    const data = await gatherRun(ports);
    const { policy } = data;
    if (!policy?.people) throw joinsNobody(name);
    const key = await peopleKeyReader({ policy, secrets })?.(signal);
    const digests = digestsOf(name, policy, key);
    const fits = ({ username, person = {} }: Parameters<Parameters<typeof findPeople>[2]>[0]) =>
      foldName(username) === foldName(name) || JOIN_KEYS.some((kind) => digests.has(person[kind] ?? ""));
    const found = await findPeople(ports, data, fits, signal);
    if (found.people.length + found.notJoined.length === 0) throw isUnknown(name, found);
    return found;
  });
}

/** What was typed, as each directory would have it as a user name, an address and a number. */
function digestsOf(name: string, policy: Policy, key: Uint8Array | undefined): ReadonlySet<string> {
  const subject = { id: "", username: name, personKeys: { email: name, employeeNumber: name } };
  const keys = policy.directories.map(({ id }) => personKeyer(policy, id, key)?.keysOf(subject) ?? {});
  return new Set(keys.flatMap((each) => JOIN_KEYS.flatMap((kind) => each[kind] ?? [])));
}

const joinsNobody = (name: string) =>
  new WardenError(
    "ERR_INPUT_INVALID",
    `${name} is not of the form DIRECTORY/ACCOUNT, like workforce/jane@example.com; and persons are known only where \`people\` stood in the policy of the last run.`,
  );

function isUnknown(name: string, { basis, missing }: FoundPeople): WardenError {
  const searched = basis.map(({ directory }) => directory).join(", ") || "no directory";
  const without =
    missing.length === 0 ? "" : `; not looked for in ${missing.map(({ directory }) => directory).join(", ")}`;
  return new WardenError(
    "ERR_INPUT_INVALID",
    `Nobody is known by ${name} in the newest whole sweeps (${searched}${without}); write DIRECTORY/ACCOUNT for one account as it is now.`,
  );
}
