/** Who belongs to a VMware directory: the principals first, then the organisation's other users, each once. */

import { mapConcurrently } from "../../concurrency.ts";
import { WardenError } from "../../errors.ts";
import { omitUndefined, type Page, type Subject } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import { isTransient, type VmwareApi } from "./api.ts";
import { allMembers, firstMembersLink, listMembers, type Organization } from "./members.ts";
import { type ObservedPrincipal, observePrincipal, type Principal, unknownPrincipal } from "./principal.ts";
import { fold, memberOf, type User } from "./schema.ts";

export interface Population {
  readonly api: VmwareApi;
  /** By id, in the policy's order. */
  readonly principals: ReadonlyMap<string, Principal>;
  /** Absent: the principals are all there is. */
  readonly organization: Organization | undefined;
}

/** Principals looked at at once: waiting for a passcode's next step takes half a minute, and must not add up. */
const MAX_CONCURRENT_PRINCIPALS = 16;

/** By id or by user name, in any case. */
export const findPrincipal = ({ principals }: Pick<Population, "principals">, name: string): Principal | undefined =>
  principals.get(fold(name));

/** @param cursor a page's `next` */
export async function listPopulation(
  population: Population,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<Page> {
  const { organization } = population;
  if (cursor === undefined || !organization) return listPrincipals(population, signal);
  return listOthers(population, organization, cursor, signal);
}

async function listPrincipals({ api, principals, organization }: Population, signal: AbortSignal): Promise<Page> {
  const reader = tolerantReader();
  const observed = await mapConcurrently([...principals.values()], MAX_CONCURRENT_PRINCIPALS, (principal) =>
    reader.observe(principal, observePrincipal(api, principal, signal)),
  );
  reader.throwIfDown();
  return {
    subjects: observed.map(({ subject }) => subject),
    ...omitUndefined({
      next: organization && writeCursor(new Set(), firstMembersLink(organization)),
      claimed: organization ? undefined : principals.size,
      date: observed.find(({ date }) => date !== undefined)?.date,
    }),
  };
}

/** How many there are in all is clear only when it is clear which of the users are principals, who came before. */
async function listOthers(
  population: Population,
  organization: Organization,
  cursor: string,
  signal: AbortSignal,
): Promise<Page> {
  const { api, principals } = population;
  const { met, link } = readCursor(cursor);
  const { users, next, total, date } = await listMembers(api, organization, link, signal);
  const order = [...principals.keys()];
  for (const { username } of users) if (findPrincipal(population, username)) met.add(order.indexOf(fold(username)));
  return {
    subjects: users.filter((user) => isOther(population, user)).map(memberOf),
    claimed: total + principals.size - met.size,
    ...omitUndefined({ next: next === undefined ? undefined : writeCursor(met, next), date }),
  };
}

const isOther = (population: Population, { username }: User) => findPrincipal(population, username) === undefined;

/** `undefined` where there is no such principal or user. */
export async function readSubject(
  population: Population,
  id: string,
  signal: AbortSignal,
): Promise<Subject | undefined> {
  const principal = findPrincipal(population, id);
  if (principal) return (await observePrincipal(population.api, principal, signal)).subject;
  return (await searchOthers(population, ({ userId }) => userId === id, signal))[0];
}

/** The id of the account with exactly this user name. */
export async function findSubject(
  population: Population,
  username: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const principal = findPrincipal(population, username);
  if (principal) return principal.id;
  const hits = await searchOthers(population, (user) => user.username === username, signal);
  return hits.length === 1 ? hits[0]?.id : undefined;
}

/** The vendor's read of a single user is an owner's alone; the listing is any member's. */
async function searchOthers(
  population: Population,
  fits: (user: User) => boolean,
  signal: AbortSignal,
): Promise<Subject[]> {
  const { api, organization } = population;
  const found: Subject[] = [];
  for await (const users of organization ? allMembers(api, organization, signal) : []) {
    found.push(...users.filter((user) => isOther(population, user) && fits(user)).map(memberOf));
  }
  return found;
}

/** Which principals were met so far, by their place in the policy, and the vendor's own link. */
const writeCursor = (met: ReadonlySet<number>, link: string): string =>
  `${[...met].toSorted((a, b) => a - b).join(".")} ${link}`;

function readCursor(cursor: string): { readonly met: Set<number>; readonly link: string } {
  const [met = "", link = ""] = cursor.split(" ");
  return { met: new Set(met.split(".").filter(Boolean).map(Number)), link };
}

/** So many principals may each exhaust their retries; after that the vendor is down, and asking on would only take hours. */
const MAX_TRANSIENT_FAILURES = 4;

/**
 * Observes many principals. One's passing trouble leaves its facts unknown. A vendor of which nobody heard anything is down: then
 * the last trouble is thrown.
 */
function tolerantReader() {
  const failures: WardenError[] = [];
  let heard = false;
  return {
    async observe(principal: Principal, work: Promise<ObservedPrincipal>): Promise<ObservedPrincipal> {
      try {
        const observed = await work;
        if (principal.credentials) heard = true;
        return observed;
      } catch (error) {
        if (!(error instanceof WardenError) || !isTransient(error)) throw error;
        failures.push(error);
        if (failures.length > MAX_TRANSIENT_FAILURES) throw error;
        return unknownPrincipal(principal, describeError(error));
      }
    },
    /** To be called when all have been observed. */
    throwIfDown(): void {
      const last = failures.at(-1);
      if (last && !heard) throw last;
    },
  };
}
