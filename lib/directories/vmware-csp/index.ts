/**
 * VMware Cloud Services: MFA of accounts whose credentials the organisation holds; everybody else can only be listed.
 * https://developer.broadcom.com/xapis/identity-and-access-management-cloud-services-platform/latest/
 */

import * as v from "valibot";
import { httpClient } from "../../http/index.ts";
import type { Directory, Subject } from "../../model/index.ts";
import { endpoint } from "../fields.ts";
import { allowedOrigins, defineVendor, type VendorNeeds, withoutTrailingSlash } from "../vendor.ts";
import { check } from "./doctor.ts";
import { readLog } from "./log.ts";
import { openListing } from "./members.ts";
import { openSwitch } from "./mfa.ts";
import { openPopulation } from "./population.ts";
import { holdCustody, type Principal, whyNot } from "./principal.ts";
import { describeVendorError, fold, messageOf } from "./schema.ts";
import { entryOf, hiddenIn, type Secret, secret } from "./secret.ts";
import { type Credential, openSession } from "./session.ts";

const HOSTS = ["https://console.cloud.vmware.com", "https://console.tanzu.broadcom.com"] as const;

const username = v.pipe(v.string(), v.regex(/^[^\s\p{C}]{1,254}$/u, "is not a user name"));
const principal = v.union([username, v.strictObject({ username, allowTokenLoss: v.optional(v.boolean()) })]);
const nameOf = (written: v.InferOutput<typeof principal>) => (typeof written === "string" ? written : written.username);
const differ = (all: v.InferOutput<typeof principal>[]) =>
  new Set(all.map((written) => fold(nameOf(written)))).size === all.length;

const settings = v.strictObject({
  principals: v.pipe(
    v.array(principal),
    v.minLength(1, "must name an account"),
    v.check(differ, "names an account twice"),
  ),
  /** Whose other users are listed too. */
  organization: v.optional(v.pipe(v.string(), v.uuid())),
  /** What stands before `/csp/gateway/…`: the vendor's second host, a simulator or a proxy. */
  endpoints: v.optional(v.strictObject({ api: endpoint })),
});
type Needs = VendorNeeds<v.InferOutput<typeof settings>, Secret>;

export const vmware = defineVendor({ settings, secret, open });

function open(needs: Needs): Directory {
  const { clock, settings, secret } = needs;
  const { organization } = settings;
  const api = withoutTrailingSlash(settings.endpoints?.api ?? HOSTS[0]);
  const { http, takeMessage } = listen(needs);
  const enter = (who: string, credential: Credential) => openSession({ http, clock, api, who, credential });
  const principals = settings.principals.map((written): Principal => {
    const name = nameOf(written);
    const entry = entryOf(secret, name, needs.id);
    return {
      id: fold(name),
      name,
      allowTokenLoss: typeof written === "object" && written.allowTokenLoss === true,
      ...(entry ? { keys: { password: entry.password, session: enter(name, entry) } } : {}),
    };
  });
  const lister = secret.reader
    ? enter("the reader", secret.reader)
    : principals.find(({ keys }) => keys)?.keys?.session;
  const listing = organization === undefined ? undefined : openListing(http, api, organization, lister);
  const custody = holdCustody(http);
  const power = openSwitch(http, custody);
  const { page, read, find } = openPopulation(principals, custody, listing);
  const ours = ({ id }: Pick<Subject, "id">, signal: AbortSignal): Principal | undefined => {
    // Also what calls nobody stops with its caller.
    if (signal.aborted) throw http.vendorError("ERR_ABORTED", ANYWHERE);
    return principals.find((one) => one.id === fold(id));
  };

  return {
    vendor: "vmware-csp",
    tenant: organization ?? principals.map(({ id }) => id).join(" "),
    api,
    secretVersion: needs.secretVersion,
    scopes: () => [],
    page,
    read,
    find,
    caution: ({ id, facts }) => {
      const own = principals.find((one) => one.id === id);
      return own && !(facts.enabled.known && facts.enabled.value) ? warn(own) : undefined;
    },
    enforce: async (subject, signal) => {
      const own = ours(subject, signal);
      return own ? power.enforce(own, signal) : { outcome: "refused", why: NOT_OURS };
    },
    confirm: async (subject, signal) => {
      const own = ours(subject, signal);
      return own ? power.confirm(own, signal) : { ok: false, why: NOT_OURS };
    },
    log: async (id, from, to, signal) => {
      const own = ours({ id }, signal);
      if (!own) throw http.vendorError("ERR_VENDOR_DENIED", ANYWHERE, "lets nobody read another user's MFA log");
      return readLog(custody, own, { startDate: from.getTime(), endDate: to.getTime() }, signal);
    },
    secretUsers: () => principals.map(({ id }) => id),
    check: (signal) => check({ principals, custody, listing, clock, takeMessage }, signal),
  };
}

const ANYWHERE = { method: "POST", path: "/csp/gateway" };
const NOT_OURS = "VMware lets only the account itself change its MFA, and the policy does not name it as a principal";

/** What switching on does to an account's API token; `undefined` where it will not be switched on. */
function warn(principal: Principal): string | undefined {
  if (whyNot(principal) !== undefined) return undefined;
  const { name, keys } = principal;
  const start = `With MFA on, the API token of ${name} is exchanged only with a passcode`;
  if (keys?.session.seeded) return `${start}; whatever else uses this token must send one from then on.`;
  return `${start}, and its secret has no totpSeed: the token is lost to everything unattended, and from then on its verdict is unknown here.`;
}

/** The calls of one directory, and the vendor's own sentence about the last one that it refused. */
function listen({ id, fetch, clock, secret }: Needs) {
  const hidden = hiddenIn(secret);
  // A vendor may repeat what it was sent.
  const shows = (said: string) => hidden.some((value) => said.includes(value));
  let message: string | undefined;
  const http = httpClient({
    directory: id,
    fetch,
    clock,
    origins: allowedOrigins(HOSTS, secret),
    adviceByCode: {
      ERR_VENDOR_DENIED:
        "does not allow this; a service account's token cannot use the MFA API, so give a user account's own, and a member's for the listing",
    },
    describeVendorError: (body) => {
      message = messageOf(body);
      const said = describeVendorError(body);
      return shows(JSON.stringify(said)) ? {} : said;
    },
  });
  const takeMessage = (): string | undefined => {
    const said = message;
    message = undefined;
    return shows(said ?? "") ? undefined : said;
  };
  return { http, takeMessage };
}
