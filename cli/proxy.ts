/** How calls go through the user's proxy: those to vendors, which are https, and never those to loopback. */

import http from "node:http";
import { WardenError } from "../lib/errors.ts";
import { omitUndefined } from "../lib/model/index.ts";

type Environment = Readonly<Record<string, string | undefined>>;

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

/** Node's settings for it; `undefined` where the environment names no proxy at all. */
export function chooseProxy(environment: Environment): http.ProxyEnv | undefined {
  const forHttps = environment.https_proxy || environment.HTTPS_PROXY;
  const proxy = forHttps || environment.http_proxy || environment.HTTP_PROXY;
  if (!proxy) return undefined;
  const url = proxy.includes("://") ? proxy : `http://${proxy}`;
  const exceptions = environment.no_proxy || environment.NO_PROXY;
  // Plain http goes to loopback alone. It is named all the same: what Node has set up by itself is only replaced then.
  return {
    HTTP_PROXY: url,
    HTTPS_PROXY: url,
    NO_PROXY: forHttps ? [exceptions, ...LOOPBACK].filter(Boolean).join(",") : "*",
  };
}

/** Node 22 and the first of Node 24 cannot be told of a proxy once they run. */
const canSetProxy = "setGlobalProxyFromEnv" in http;

/** The same for a Node that is about to be started; nothing where it can be told later, or no proxy is named. */
export function proxyAtStart(environment: Environment): Environment {
  const proxy = chooseProxy(environment);
  if (canSetProxy || proxy === undefined || !isAddress(proxy.HTTPS_PROXY)) return {};
  // Node prefers the names in lower case.
  const names = { http_proxy: proxy.HTTP_PROXY, https_proxy: proxy.HTTPS_PROXY, no_proxy: proxy.NO_PROXY };
  return { ...names, NODE_USE_ENV_PROXY: "1" };
}

/**
 * For this process; answers the variables that Node goes on reading. Throws `ERR_INPUT_INVALID` for an address that is none,
 * and where this Node can use no proxy.
 */
export function useProxy(environment: Environment): Readonly<Record<string, string>> {
  const proxy = chooseProxy(environment);
  if (proxy === undefined) return {};
  if (!isAddress(proxy.HTTPS_PROXY))
    throw refusal(
      "HTTPS_PROXY is not the address of a proxy, like http://proxy.example.com:3128; correct it or unset it.",
    );
  if (canSetProxy) {
    http.setGlobalProxyFromEnv(proxy);
    return {};
  }
  if (!process.allowedNodeEnvironmentFlags.has("--use-env-proxy") || environment.NODE_USE_ENV_PROXY !== "1")
    throw refusal(
      `Node ${process.versions.node} cannot call through the proxy of HTTPS_PROXY; use Node 24.14 or later.`,
    );
  return omitUndefined({ no_proxy: proxy.NO_PROXY });
}

const isAddress = (text: string | undefined): boolean =>
  ["http:", "https:"].includes(URL.parse(text ?? "")?.protocol ?? "");

const refusal = (message: string) => new WardenError("ERR_INPUT_INVALID", message);
