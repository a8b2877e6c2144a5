/** The users of a VMware organisation, page by page. The listing says nothing of anybody's MFA. */

import { type HttpClient, paginate } from "../../http/index.ts";
import { type User, userPage } from "./schema.ts";
import type { Session } from "./session.ts";

const USERS = "/csp/gateway/am/api/v2/orgs/{orgId}/users";
/** Sibling APIs of this vendor take 1 to 128. What it answers counts, not what was asked. */
const PAGE_LIMIT = 128;

export interface Listed {
  readonly users: readonly User[];
  /** Where the next page is; absent on the last one. */
  readonly next?: string;
  readonly total: number;
  readonly date?: string;
}

export interface Listing {
  /** Where it begins. */
  readonly start: string;
  /** @param link `start`, or a page's `next` */
  page(link: string, signal: AbortSignal): Promise<Listed>;
  /** Everybody. Throws `ERR_READ_LOOP` when a page comes twice. */
  walk(signal: AbortSignal): AsyncGenerator<readonly User[]>;
}

/** @param session who lists; absent where the secret holds nobody's token */
export function openListing(http: HttpClient, api: string, organization: string, session?: Session): Listing {
  const path = USERS.replace("{orgId}", organization);
  const own = new URL(api + path);
  const about = { method: "GET", path: USERS };
  const start = `${path}?pageStart=1&pageLimit=${PAGE_LIMIT}`;

  /** The vendor gives the path of the next page; a credential goes nowhere but to the listing that it belongs to. */
  function follow(link: string): string {
    const url = URL.parse(link.startsWith("/") ? api + link : link);
    if (url?.origin === own.origin && url.pathname === own.pathname) return url.href;
    throw http.vendorError("ERR_VENDOR_ORIGIN", about, "linked elsewhere for its next page, which was not called");
  }

  async function page(link: string, signal: AbortSignal): Promise<Listed> {
    if (!session)
      throw http.vendorError("ERR_SECRET_INVALID", about, "has nobody's API token in its secret to list users with");
    const { body, date } = await session.ask({ path: USERS, url: follow(link), schema: userPage, signal });
    return {
      users: body.results.map(({ user }) => user),
      ...(body.nextLink ? { next: body.nextLink } : {}),
      total: body.totalResults,
      ...(date === undefined ? {} : { date }),
    };
  }

  async function* walk(signal: AbortSignal): AsyncGenerator<readonly User[]> {
    const loopError = () => http.vendorError("ERR_READ_LOOP", about, "gave the same page twice");
    for await (const { users } of paginate(start, (link) => page(link, signal), loopError)) yield users;
  }

  return { start, page, walk };
}
