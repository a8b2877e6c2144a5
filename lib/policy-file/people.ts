/** What people may write of how accounts belong together: in the policy, and in the file of exceptions beside it. */

import * as v from "valibot";
import { JOIN_KEYS, omitUndefined } from "../model/index.ts";
import { foldId, type PeopleSettings } from "../policy/index.ts";
import { account, listOf, secretName, text } from "./fields.ts";
import { type Finding, finding, type Path } from "./finding.ts";
import { findUnknownDirectory, listAt, type Part, repeatedParts, valueAt, wellFormedParts } from "./part.ts";

const DEFAULT_SECRET = "people";

const starsIn = (name: string | undefined): number => (name ?? "").split("*").length - 1;

const oneStar = (description: string) =>
  v.pipe(
    text(description),
    v.check((name) => starsIn(name) <= 1, "may hold one * at most"),
  );

const patternSchema = v.pipe(
  v.strictObject({
    match: v.pipe(
      oneStar("A user name or e-mail address; one * stands for any characters. Case does not count."),
      v.check((name) => name !== "*", "matches every name"),
    ),
    as: v.exactOptional(oneStar("The name of its person's own account, with * where `match` has it.")),
    alone: v.exactOptional(
      v.pipe(v.literal(true), v.description("It belongs together with no other account: a mailbox of many, a kiosk.")),
    ),
    directories: v.exactOptional(listOf(text("A directory's id."), "Only in these directories. Default: in all.")),
  }),
  v.check(({ as, alone }) => (as === undefined) !== (alone === undefined), "must have either `as` or `alone: true`"),
  v.check(
    ({ match, as }) => as === undefined || starsIn(match) === starsIn(as),
    "must have * in both of `match` and `as`, or in neither",
  ),
);

/** Nothing may lead out of the policy's folder. */
const EXCEPTIONS_FILE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}\.ya?ml$/;

/** Whether this can name the file of exceptions. */
export const namesExceptions = (name: unknown): name is string =>
  typeof name === "string" && EXCEPTIONS_FILE.test(name);

export const peopleSchema = v.strictObject({
  by: v.pipe(
    listOf(
      v.picklist(JOIN_KEYS),
      "What accounts of several directories are joined by: each of these that two have in common makes them one person's.",
    ),
    v.check((keys) => new Set(keys).size === keys.length, "names one key twice"),
  ),
  secret: v.exactOptional(
    secretName("Name of the secret with the key of the digests; not needed where `by` is [username]."),
    DEFAULT_SECRET,
  ),
  patterns: v.exactOptional(
    v.pipe(
      v.array(patternSchema),
      v.description("What is known of names, such as those of admin accounts; the first that fits counts."),
    ),
    [],
  ),
  exceptions: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(EXCEPTIONS_FILE, "must be the name of a YAML file beside the policy file"),
      v.description("A YAML file beside this one that says of single accounts whose they are."),
    ),
  ),
});

const exceptionSchema = v.pipe(
  v.strictObject({
    person: v.exactOptional(text("Your name for this person; these accounts are theirs, and no others.")),
    alone: v.exactOptional(v.pipe(v.literal(true), v.description("Each of these belongs together with no other."))),
    accounts: listOf(account, "Accounts by the vendor's own id, each with the user name that it must still have."),
  }),
  v.check(
    ({ person, alone }) => (person === undefined) !== (alone === undefined),
    "must have either `person` or `alone: true`",
  ),
);
type WrittenException = v.InferOutput<typeof exceptionSchema>;

/** The whole grammar of the file of exceptions. */
export const exceptionsSchema = v.pipe(
  v.strictObject({
    version: v.pipe(v.literal(1), v.description("Version of this grammar.")),
    exceptions: v.pipe(v.array(exceptionSchema), v.description("Whose single accounts are, whatever their keys say.")),
  }),
  v.title("mfa-warden people"),
);

/** @param written what stands in the file of exceptions */
export function compilePeople(
  { exceptions: _, patterns, ...rest }: v.InferOutput<typeof peopleSchema>,
  written: unknown,
): PeopleSettings {
  return {
    ...rest,
    patterns: patterns.map(({ alone: _alone, ...pattern }) => pattern),
    exceptions: wellFormedParts(exceptionSchema, listAt(written, "exceptions")).flatMap(([, entry]) =>
      compileException(entry),
    ),
  };
}

const compileException = ({ person, accounts }: WrittenException): PeopleSettings["exceptions"][number][] =>
  accounts.map((named) => omitUndefined({ ...named, person }));

/** Of the policy itself: patterns of directories that there are not. */
export const checkPeople = (people: unknown, known: ReadonlySet<unknown>): Finding[] =>
  listAt(people, "patterns").flatMap((pattern, index) =>
    listAt(pattern, "directories").flatMap((id, position) =>
      findUnknownDirectory(id, ["people", "patterns", index, "directories", position], known),
    ),
  );

/** Of the file of exceptions: accounts of directories that there are not, and what is said twice. */
export function checkExceptions(written: unknown, known: ReadonlySet<unknown>): Finding[] {
  const list = listAt(written, "exceptions");
  const places = list.flatMap((entry, index) =>
    listAt(entry, "accounts").map((named, position) => ({
      path: ["exceptions", index, "accounts", position, "id"] satisfies Path,
      id: valueAt(named, "id"),
    })),
  );
  const ids = places.map(({ id }, index): Part<unknown> => [index, typeof id === "string" ? foldId(id) : undefined]);
  const people = list.map((entry, index): Part<unknown> => [index, valueAt(entry, "person")]);
  return [
    ...places.flatMap(({ path, id }) => findUnknownDirectory(id, path, known)),
    ...repeatedParts(ids, (id) => id).map(([index]) =>
      finding(places[index]?.path ?? [], "names an account that stands above already"),
    ),
    ...repeatedParts(people, (person) => person).map(([index, first]) =>
      finding(["exceptions", index, "person"], `exceptions[${first}] is about the same person`),
    ),
  ];
}
