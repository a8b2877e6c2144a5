/** Where a PingOne environment is called: at the vendor's hosts of its region, or at the endpoints of the policy. */

import { withoutTrailingSlash } from "../vendor.ts";
import type { Settings } from "./settings.ts";

export interface Addresses {
  /** What stands before `/environments`. */
  readonly api: string;
  readonly token: string;
  /** The vendor's own, of this region. */
  readonly origins: readonly string[];
}

export function addressesOf({ environment, region, endpoints }: Settings): Addresses {
  const origins = { api: `https://api.pingone.${region}`, auth: `https://auth.pingone.${region}` };
  const auth = withoutTrailingSlash(endpoints?.auth ?? origins.auth);
  return {
    api: withoutTrailingSlash(endpoints?.api ?? `${origins.api}/v1`),
    token: `${auth}/${environment}/as/token`,
    origins: [origins.api, origins.auth],
  };
}

/**
 * Where a link of the vendor is followed: always at our own address. Behind a proxy links name the vendor's host; their path and
 * query are kept. `undefined` for a link to anybody else.
 */
export function followedAt({ api, origins }: Addresses, link: string): string | undefined {
  const url = URL.parse(link);
  if (!url) return undefined;
  if (url.origin === new URL(api).origin) return link;
  const start = url.pathname.indexOf("/environments/");
  if (!origins.includes(url.origin) || start < 0) return undefined;
  return api + url.pathname.slice(start) + url.search;
}
