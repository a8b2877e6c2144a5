/** Who belongs to a VMware directory: the principals first, then the organisation's other users, each once. */

import { mapConcurrently } from "../../concurrency.ts";
import type { Directory, Page, Subject } from "../../model/index.ts";
import type { Listing } from "./members.ts";
import { type Custody, type Principal, tolerance } from "./principal.ts";
import { fold, memberOf, type User } from "./schema.ts";

/** Principals looked at at once: waiting for a passcode's next step takes half a minute, and must not add up. */
const AT_ONCE = 16;

/** @param listing absent: the principals are all there is */
export function openPopulation(
  principals: readonly Principal[],
  custody: Custody,
  listing: Listing | undefined,
): Required<Pick<Directory, "page" | "read" | "find">> {
  const indexes = new Map(principals.map(({ id }, index) => [id, index]));
  const indexOf = (username: string) => indexes.get(fold(username));
  const isOther = ({ username }: User) => indexOf(username) === undefined;

  async function lookAtAll(signal: AbortSignal): Promise<Page> {
    const tolerant = tolerance();
    const seen = await mapConcurrently(principals, AT_ONCE, (principal) =>
      tolerant.look(principal, custody.look(principal, signal)),
    );
    tolerant.settle();
    const date = seen.find((one) => one.date !== undefined)?.date;
    return {
      subjects: seen.map(({ subject }) => subject),
      ...(listing ? { next: writeCursor([], listing.start) } : { claimed: principals.length }),
      ...(date === undefined ? {} : { date }),
    };
  }

  /** How many there are in all is clear only when it is clear which of the users are principals, who came before. */
  async function listOthers(users: Listing, cursor: string, signal: AbortSignal): Promise<Page> {
    const { met, link } = readCursor(cursor);
    const { users: found, next, total, date } = await users.page(link, signal);
    for (const { username } of found) met.add(indexOf(username) ?? -1);
    met.delete(-1);
    return {
      subjects: found.filter(isOther).map(memberOf),
      ...(next === undefined ? {} : { next: writeCursor([...met], next) }),
      claimed: total + principals.length - met.size,
      ...(date === undefined ? {} : { date }),
    };
  }

  /** The vendor's read of a single user is an owner's alone; the listing is any member's. */
  async function search(fits: (user: User) => boolean, signal: AbortSignal): Promise<Subject[]> {
    const found: Subject[] = [];
    for await (const users of listing?.walk(signal) ?? []) {
      found.push(...users.filter((user) => isOther(user) && fits(user)).map(memberOf));
    }
    return found;
  }

  return {
    page: async (cursor, signal) =>
      cursor === undefined || !listing ? lookAtAll(signal) : listOthers(listing, cursor, signal),
    read: async (id, signal) => {
      const own = principals.find((principal) => principal.id === fold(id));
      if (own) return (await custody.look(own, signal)).subject;
      return (await search(({ userId }) => userId === id, signal))[0];
    },
    find: async (username, signal) => {
      const own = indexOf(username);
      if (own !== undefined) return principals[own]?.id;
      const hits = await search((user) => user.username === username, signal);
      return hits.length === 1 ? hits[0]?.id : undefined;
    },
  };
}

/** Which principals were met so far, by their place in the policy, and the vendor's own link. */
const writeCursor = (met: readonly number[], link: string): string =>
  `${met.toSorted((a, b) => a - b).join(".")} ${link}`;

function readCursor(cursor: string): { readonly met: Set<number>; readonly link: string } {
  const [met = "", link = ""] = cursor.split(" ");
  return { met: new Set(met.split(".").filter(Boolean).map(Number)), link };
}
