/** What PingOne answers, and how it reads as subjects, devices and error details. */

import * as v from "valibot";
import type { VendorErrorDetail } from "../../http/index.ts";
import { type Fact, knownFact, NOT_ASKED, type Subject } from "../../model/index.ts";
import { factReader } from "../facts.ts";
import { anything, count, ifPresent, nonEmptyText, personKeysOf, textOrEmpty, timestamp, uuid } from "../fields.ts";

const readFact = factReader("PingOne");
const flag = v.boolean();
const ids = v.array(nonEmptyText);
const withId = v.object({ id: nonEmptyText });
const link = v.object({ href: v.string() });
/** A count that nobody can read counts nothing. */
export const optionalCount = v.fallback(ifPresent(count), undefined);

/** What all lists share: only the last page has no `next`. */
export interface LinkedList {
  readonly _links: { readonly next?: { readonly href: string } | undefined };
}

/** https://developer.pingidentity.com/pingone-api/foundations/paging.html */
export const linkedList = <E extends v.ObjectEntries>(embedded: E) =>
  v.object({
    _links: v.object({ next: ifPresent(link) }),
    count: optionalCount,
    _embedded: v.object(embedded),
  });

export const user = v.object({
  id: uuid,
  username: nonEmptyText,
  enabled: anything,
  mfaEnabled: anything,
  population: anything,
  createdAt: anything,
  updatedAt: anything,
  memberOfGroupIDs: anything,
  email: anything,
});
type User = v.InferOutput<typeof user>;

/** Its address alone: nothing else of what is read keeps it. */
export const userEmail = v.object({ id: uuid, email: textOrEmpty });

export const userList = linkedList({ users: v.array(user) });
export const populationList = linkedList({
  populations: v.array(v.object({ id: textOrEmpty, userCount: optionalCount })),
});

/** The links of what belongs to an account. */
export const userLink = ifPresent(v.object({ user: ifPresent(link) }));

export const mfaSwitch = v.object({
  mfaEnabled: anything,
  _links: userLink,
});

const problemDetail = v.fallback(v.object({ code: textOrEmpty, target: textOrEmpty }), { code: "", target: "" });
const problem = v.object({
  id: textOrEmpty,
  code: textOrEmpty,
  details: v.fallback(v.array(problemDetail), []),
});

/** Of an error body its code, its id, and the targets of its details. */
export function describeVendorError(body: unknown): VendorErrorDetail {
  const { success, output } = v.safeParse(problem, body);
  if (!success) return {};
  return {
    vendorCode: output.code,
    requestId: output.id,
    targets: output.details.map(({ code, target }) => `${code} ${target}`.trim()),
  };
}

/**
 * Who it is must be readable, or the whole answer is refused; anything else only becomes an unknown fact. `enabled`
 * alone says whether somebody can sign in: a locked account unlocks by itself.
 */
export function subjectOf(found: User): Subject {
  const population = readFact(withId, found.population, "population");
  return {
    id: found.id,
    username: found.username,
    ...updateOf(found),
    ...personKeysOf(found),
    facts: {
      active: readFact(flag, found.enabled, "enabled"),
      enabled: switchOf(found),
      devices: NOT_ASKED,
      bypass: NOT_ASKED,
      population: population.known ? knownFact(population.value.id) : population,
      groups: NOT_ASKED,
      createdAt: readFact(timestamp, found.createdAt, "createdAt"),
    },
  };
}

/** As PingOne wrote it: whoever is changed by it must see for himself whether it is a time. */
const updateOf = ({ updatedAt }: User): Pick<Subject, "updatedAt"> =>
  updatedAt === undefined ? {} : { updatedAt: String(updatedAt) };

export const switchOf = ({ mfaEnabled }: Pick<User, "mfaEnabled">): Fact<boolean> =>
  readFact(flag, mfaEnabled, "mfaEnabled");

export const groupsOf = ({ memberOfGroupIDs }: User): Fact<readonly string[]> =>
  readFact(ids, memberOfGroupIDs, "memberOfGroupIDs");

/** Ids are hexadecimal, and PingOne promises nothing about their case. */
export const isSameId = (id: string, other: string): boolean => id.toLowerCase() === other.toLowerCase();

/** @param href an account's own address, which ends in its id */
export const isLinkTo = (href: string, id: string): boolean => isSameId(href.slice(href.lastIndexOf("/") + 1), id);
