/** The users of a VMware organisation, page by page. The listing says nothing of anybody's MFA. */

import { paginate } from "../../http/index.ts";
import { omitUndefined } from "../../model/index.ts";
import type { VmwareApi } from "./api.ts";
import { type User, userPage } from "./schema.ts";
import type { Session } from "./session.ts";

const MEMBERS_PATH = "/csp/gateway/am/api/v2/orgs/{orgId}/users";
const PLACE = { method: "GET", path: MEMBERS_PATH };
/** Sibling APIs of this vendor take 1 to 128. What it answers counts, not what was asked. */
const PAGE_LIMIT = 128;

export interface Organization {
  readonly id: string;
  /** Who reads it; absent where the secret holds nobody's token. */
  readonly session: Session | undefined;
}

export interface MemberPage {
  readonly users: readonly User[];
  /** Where the next page is; absent on the last one. */
  readonly next?: string;
  readonly total: number;
  /** The vendor's clock, ISO 8601. */
  readonly date?: string;
}

const pathOf = ({ id }: Organization) => MEMBERS_PATH.replace("{orgId}", id);

/** Where the listing begins. */
export const firstMembersLink = (organization: Organization): string =>
  `${pathOf(organization)}?pageStart=1&pageLimit=${PAGE_LIMIT}`;

/** @param link the first one, or a page's `next` */
export async function listMembers(
  api: VmwareApi,
  organization: Organization,
  link: string,
  signal: AbortSignal,
): Promise<MemberPage> {
  const { session } = organization;
  if (!session) {
    throw api.vendorError("ERR_SECRET_INVALID", PLACE, "has nobody's API token in its secret to list users with");
  }
  const url = resolveLink(api, organization, link);
  const { body, date } = await session.call({ path: MEMBERS_PATH, url, schema: userPage, signal });
  return {
    users: body.results.map(({ user }) => user),
    total: body.totalResults,
    ...omitUndefined({ next: body.nextLink, date }),
  };
}

/** The vendor gives the path of the next page; a credential goes nowhere but to the listing that it belongs to. */
function resolveLink(api: VmwareApi, organization: Organization, link: string): string {
  const own = new URL(api.address + pathOf(organization));
  const url = URL.parse(link.startsWith("/") ? api.address + link : link);
  if (url?.origin === own.origin && url.pathname === own.pathname) return url.href;
  throw api.vendorError("ERR_VENDOR_ORIGIN", PLACE, "linked elsewhere for its next page, which was not called");
}

/** Everybody, page by page. Throws `ERR_READ_LOOP` when a page comes twice. */
export async function* allMembers(
  api: VmwareApi,
  organization: Organization,
  signal: AbortSignal,
): AsyncGenerator<readonly User[]> {
  const loopError = () => api.vendorError("ERR_READ_LOOP", PLACE, "gave the same page twice");
  const readPage = (link: string) => listMembers(api, organization, link, signal);
  for await (const { users } of paginate(firstMembersLink(organization), readPage, loopError)) yield users;
}
