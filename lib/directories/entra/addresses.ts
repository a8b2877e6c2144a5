/** Where a tenant is called: at the hosts of its cloud, or at the endpoints of the policy. https://learn.microsoft.com/graph/deployments */

import { withoutTrailingSlash } from "../vendor.ts";
import { HOSTS } from "./clouds.ts";
import type { Settings } from "./settings.ts";

export interface Addresses {
  /** What stands before `/v1.0` and `/beta`. */
  readonly graph: string;
  readonly token: string;
  /** The token endpoint as Microsoft knows it, whatever proxy stands before it. */
  readonly audience: string;
  /** What a token is asked for. */
  readonly scope: string;
  /** The vendor's own, of this cloud. */
  readonly origins: readonly string[];
}

export function addressesOf({ tenant, cloud = "global", endpoints }: Settings): Addresses {
  const { graph, login } = HOSTS[cloud];
  const tokenPath = `/${tenant}/oauth2/v2.0/token`;
  return {
    graph: withoutTrailingSlash(endpoints?.graph ?? graph),
    token: withoutTrailingSlash(endpoints?.login ?? login) + tokenPath,
    audience: login + tokenPath,
    scope: `${graph}/.default`,
    origins: [graph, login],
  };
}

/**
 * Where a link of the vendor is followed: always at our own address. Behind a proxy links name the vendor's host; their path and
 * query are kept. `undefined` for a link to anybody else.
 */
export function followedAt({ graph, origins }: Addresses, link: string): string | undefined {
  const url = URL.parse(link);
  if (!url) return undefined;
  if (url.origin === new URL(graph).origin) return link;
  const isOwn = url.origin === origins[0] && /^\/(v1\.0|beta)\//.test(url.pathname);
  return isOwn ? graph + url.pathname + url.search : undefined;
}
