/** What accounts are joined by with those of other directories: folded, as the policy says, and digested. */

import { createHash, createHmac } from "node:crypto";
import { JOIN_KEYS, type JoinKey, type JoinKeys, omitUndefined, type Subject } from "../model/index.ts";
import { foldId, foldName } from "./fold.ts";
import { localEntries, usernameFits } from "./matcher.ts";
import { orderedJson, type PeopleSettings, type Policy } from "./schema.ts";

/** Gives the accounts of one directory what they are joined by. */
export interface PersonKeyer {
  /** Stands for the key and for everything that the policy says of people: equal keys mean the same only where it is equal. */
  readonly digest: string;
  /** `undefined`: nothing is known to join this account by. */
  keysOf(subject: Pick<Subject, "id" | "username" | "personKeys" | "profile">): JoinKeys | undefined;
}

/** What is joined by other things than user names is not to be found out by trying all addresses. */
export const needsPeopleKey = ({ by }: PeopleSettings): boolean => by.some((key) => key !== "username");

type Digest = (kind: JoinKey | "named" | "rules", value: string) => string;
type Pattern = PeopleSettings["patterns"][number];
type Exception = PeopleSettings["exceptions"][number];

const DIGEST_BYTES = 12;

/** @param key of the deployment; not needed where only user names count. `undefined`: the policy joins nobody */
export function personKeyer(policy: Policy, directory: string, key?: Uint8Array): PersonKeyer | undefined {
  const { people } = policy;
  if (!people || (needsPeopleKey(people) && key === undefined)) return undefined;
  const digest = digester(key);
  const exceptions = exceptionsOf(people, directory);
  const rewrite = rewriter(people.patterns, directory);
  return {
    digest: digest("rules", orderedJson(people)),
    keysOf(subject) {
      if (subject.profile) return undefined;
      const exception = exceptions.get(foldId(subject.id));
      return exception ? exceptionKeys(exception, subject, digest) : joinKeys(people, subject, { rewrite, digest });
    },
  };
}

/** The kind is part of what is digested: a user name and an address never look the same. */
function digester(key: Uint8Array | undefined): Digest {
  return (kind, value) => {
    const isKeyed = key !== undefined && kind !== "username" && kind !== "named";
    const hash = isKeyed ? createHmac("sha256", key) : createHash("sha256");
    return hash.update(`${kind}\0${value}`).digest().toString("base64url", 0, DIGEST_BYTES);
  };
}

const exceptionsOf = ({ exceptions }: PeopleSettings, directory: string): ReadonlyMap<string, Exception> =>
  new Map(localEntries(exceptions, directory).map((exception) => [foldId(exception.id), exception]));

function exceptionKeys(
  { username: expected, person }: Exception,
  { username }: Pick<Subject, "username">,
  digest: Digest,
): JoinKeys {
  if (!usernameFits(expected, username)) return { renamed: true };
  return person === undefined ? { alone: true } : { named: digest("named", person), further: true };
}

interface KeyMaker {
  readonly rewrite: (name: string) => Rewritten;
  readonly digest: Digest;
}

function joinKeys(
  { by }: PeopleSettings,
  { username, personKeys = {} }: Pick<Subject, "username" | "personKeys">,
  { rewrite, digest }: KeyMaker,
): JoinKeys | undefined {
  const names = { email: rewrite(personKeys.email ?? ""), username: rewrite(username) };
  const values = {
    employeeNumber: foldName(personKeys.employeeNumber ?? ""),
    email: names.email.name,
    username: names.username.name,
  };
  const made = [names.email, names.username];
  if (made.some(({ how }) => how === "alone")) return { alone: true };
  const known = JOIN_KEYS.filter((key) => by.includes(key) && values[key] !== "");
  if (known.length === 0) return undefined;
  return {
    ...Object.fromEntries(known.map((key) => [key, digest(key, values[key])])),
    ...omitUndefined({ further: made.some(({ how }) => how === "further") ? (true as const) : undefined }),
  };
}

/** A name as it is compared, and what the policy's patterns say of it. */
interface Rewritten {
  readonly name: string;
  readonly how?: "further" | "alone";
}

/** The first pattern that fits counts. */
function rewriter(patterns: readonly Pattern[], directory: string): (name: string) => Rewritten {
  const prepared = patterns
    .filter(({ directories }) => directories === undefined || directories.includes(directory))
    .map(({ match, as }) => ({ from: splitAtStar(match), to: as === undefined ? undefined : splitAtStar(as) }));
  return (written) => {
    const name = foldName(written);
    for (const { from, to } of prepared) {
      const middle = middleOf(name, from);
      if (middle === undefined) continue;
      return to === undefined ? { name, how: "alone" } : { name: `${to.start}${middle}${to.end}`, how: "further" };
    }
    return { name };
  };
}

interface AroundStar {
  readonly start: string;
  readonly end: string;
}

/** @param pattern has one star, or none */
function splitAtStar(pattern: string): AroundStar & { readonly isExact: boolean } {
  const [start = "", end] = foldName(pattern).split("*");
  return { start, end: end ?? "", isExact: end === undefined };
}

/** What stands for the star; `undefined`: the name does not fit. Nothing is never somebody's name. */
function middleOf(name: string, { start, end, isExact }: ReturnType<typeof splitAtStar>): string | undefined {
  if (isExact) return name === start ? "" : undefined;
  const fits = name.length > start.length + end.length && name.startsWith(start) && name.endsWith(end);
  return fits ? name.slice(start.length, name.length - end.length) : undefined;
}
