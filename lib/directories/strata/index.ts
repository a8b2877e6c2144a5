/** Palo Alto Strata Cloud Manager: MFA server profiles, written to the candidate configuration and pushed. https://pan.dev/scm/api */

import * as v from "valibot";
import { type Code, WardenError } from "../../errors.ts";
import { clientCredentials, httpClient } from "../../http/index.ts";
import type { ChangeRequestResult, Directory, Page, Subject } from "../../model/index.ts";
import { allowedOrigins, defineVendor, type VendorNeeds, withoutTrailingSlash } from "../vendor.ts";
import { strataApi } from "./api.ts";
import { doctor } from "./doctor.ts";
import { describeVendorError } from "./errors.ts";
import { everyPage, loop, onePage } from "./pages.ts";
import { heldBack, publisher } from "./publish.ts";
import { saver } from "./save.ts";
import {
  folderName,
  isHere,
  missing,
  present,
  type Row,
  rowList,
  type Standard,
  type Use,
  useList,
  useOf,
  wantedFor,
} from "./schema.ts";
import { type Secret, secret, wantedOf } from "./secret.ts";
import { locationOf, MISSPELT, MISSPELT_HOST, type Settings, settings } from "./settings.ts";

export const strata = defineVendor({ settings, secret, open });

const API = "https://api.strata.paloaltonetworks.com";
/** The same API by its older name. */
const LEGACY = "https://api.sase.paloaltonetworks.com";
const AUTH = "https://auth.apps.paloaltonetworks.com";
const SERVERS = "/mfa-servers";
const USERS = "/authentication-profiles";

function open(needs: VendorNeeds<Settings, Secret>): Directory {
  const { id: directory, clock, fetch, settings, secret, secretVersion } = needs;
  const { tenant, endpoints } = settings;
  const wanted = wantedOf(directory, settings, secret);
  const location = locationOf(settings);
  const unpushed = heldBack(location, settings.push);
  const { clientId, clientSecret } = secret;
  const standard: Standard = {
    ...{ location, wanted, version: secretVersion, adopt: settings.adopt, pushed: unpushed === undefined },
  };
  const bases = {
    config: withoutTrailingSlash(endpoints?.api ?? `${API}/config/identity/v1`),
    operations: withoutTrailingSlash(endpoints?.operations ?? `${API}/config/operations/v1`),
  };
  const auth = withoutTrailingSlash(endpoints?.auth ?? AUTH);
  const origins = allowedOrigins([API, LEGACY, AUTH], secret);
  const http = httpClient({ directory, fetch, clock, origins, describeVendorError });
  const path = "/oauth2/access_token";
  const form = { scope: `tsg_id:${tenant}` };
  const token = clientCredentials({ http, clock, clientId, clientSecret, url: `${auth}${path}`, path, form });
  const api = strataApi({ http, token, bases });
  const where = { [location.kind]: location.kind === "folder" ? folderName(location.value) : location.value };

  const listing = (signal: AbortSignal) =>
    ({ of: "config", path: SERVERS, query: { position: "pre", ...where }, schema: rowList, signal }) as const;

  async function readUse(signal: AbortSignal): Promise<Use> {
    const profiles: { multi_factor_auth?: unknown }[] = [];
    const ask = { of: "config", path: USERS, query: where, schema: useList, signal } as const;
    try {
      for await (const { data } of everyPage(api, ask)) profiles.push(...data);
      return useOf(profiles);
    } catch (error) {
      if (!(error instanceof WardenError) || FATAL.includes(error.code)) throw error;
      return { names: new Set(), unread: `the authentication profiles cannot be read (${error.code})` };
    }
  }

  async function page(cursor: string | undefined, signal: AbortSignal): Promise<Page> {
    const { offset, first, seen } = cursor === undefined ? START : v.parse(place, JSON.parse(cursor));
    const [{ list, next, date }, use] = await Promise.all([onePage(api, listing(signal), offset), readUse(signal)]);
    const subjects = list.data.map((row) => present(row, standard, use));
    const begins = subjects[0]?.id;
    if (begins !== undefined && begins === first) throw loop(api, SERVERS);
    const dated = date === undefined ? {} : { date };
    const found = [...seen, ...subjects.filter(({ profile }) => profile?.wanted).map(({ id }) => id)];
    if (next !== undefined)
      return { subjects, next: JSON.stringify({ offset: next, first: begins, seen: found }), ...dated };
    const absent = wanted.map((one) => missing(one, standard, use)).filter(({ id }) => !found.includes(id));
    const claimed = list.total === undefined ? {} : { claimed: list.total + absent.length };
    return { subjects: [...subjects, ...absent], ...claimed, ...dated };
  }

  async function find(right: (row: Row) => boolean, signal: AbortSignal): Promise<Row | undefined> {
    for await (const { data } of everyPage(api, listing(signal))) {
      const row = data.find(right);
      if (row) return row;
    }
    return undefined;
  }

  async function read(id: string, signal: AbortSignal): Promise<Subject | undefined> {
    const nobody: Use = { names: new Set() };
    const isIt = (row: Row) => present(row, standard, nobody).id === id;
    const [row, use] = await Promise.all([find(isIt, signal), readUse(signal)]);
    const one = wantedFor(standard, id);
    if (row) return present(row, standard, use);
    return one && missing(one, standard, use);
  }

  const save = saver({
    ...{ api, where },
    locate: ({ name }, signal) => find((row) => row.name === name && isHere(row, location), signal),
  });

  async function enforce({ id }: Subject, signal: AbortSignal): Promise<ChangeRequestResult> {
    const one = wantedFor(standard, id);
    if (!one) return { outcome: "refused", why: "the policy does not name this profile" };
    await save(one, signal);
    return "sent";
  }

  return {
    vendor: "strata",
    tenant,
    api: bases.config,
    secretVersion,
    scopes: token.scopes,
    page,
    read,
    enforce,
    caution: ({ id }) => {
      const host = String(wantedFor(standard, id)?.shown.ping_api_host).toLowerCase();
      return host === MISSPELT_HOST ? MISSPELT : undefined;
    },
    candidate: true,
    ...(unpushed === undefined
      ? { publish: publisher(api, folderName(location.value), settings.admin ?? clientId) }
      : {}),
    secretUsers: () => wanted.map(({ name }) => `${location.value}/${name}`),
    check: doctor({
      ...{ directory, fetch, clock, wanted, origins: secret.origins ?? [], tenant },
      bearer: token.get,
      list: (signal) => onePage(api, listing(signal), 0),
      use: (signal) =>
        api.call({ of: "config", path: USERS, query: { ...where, limit: "1" }, schema: useList, signal }),
      ...(unpushed === undefined ? {} : { unpushed }),
    }),
  };
}

/** Not for the use of the profiles alone. */
const FATAL: readonly Code[] = ["ERR_VENDOR_AUTH", "ERR_ABORTED"];

/** Where a listing goes on: what the page before began with, and which wanted profiles have been seen. */
const place = v.object({ offset: v.number(), first: v.optional(v.string()), seen: v.array(v.string()) });
const START: v.InferOutput<typeof place> = { offset: 0, seen: [] };
