/**
 * Who has registered which methods, by Entra's own report, which is hours old and takes a premium licence.
 * https://learn.microsoft.com/graph/api/authenticationmethodsroot-list-userregistrationdetails
 */

import { asWardenError, hasCode, WardenError } from "../../errors.ts";
import { type Device, type Fact, unknownFact } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import type { EntraApi } from "./api.ts";
import { devicesOf, type Registration, registration } from "./methods.ts";
import { isSameId, listOf } from "./schema.ts";
import { isNoObject } from "./users.ts";

const REPORT_PATH = "/v1.0/reports/authenticationMethods/userRegistrationDetails";
const ROW_PATH = `${REPORT_PATH}/{id}`;
const ORDER = "userPrincipalName";
/** In no document for this list, and used in production; without it a page is shorter. */
const PAGE_LIMIT = "999";

const rows = listOf(registration);

export interface ReportPage {
  readonly link: string;
  /** By id in lower case. */
  readonly rows: ReadonlyMap<string, Registration>;
  /** User name of the last row; empty where there is none. */
  readonly last: string;
  /** Of the page after it; absent on the last one. */
  readonly next?: string | undefined;
  /** Epoch ms. */
  readonly readAt: number;
}

/** Where the report begins. */
export const REPORT_START = "";

/** The report, with the pages that were read of it a short while ago. */
export interface RegistrationReport {
  /** @param link `REPORT_START`, or a page's `next` */
  page(link: string, signal: AbortSignal): Promise<ReportPage>;
  /** What one account has registered by the pages that were read; `undefined` if it is on none of them. Calls nobody. */
  find(id: string): Fact<readonly Device[]> | undefined;
  /** The same by a call of its own; unknown, with the reason, if the account is not in the report. */
  read(id: string, signal: AbortSignal): Promise<Fact<readonly Device[]>>;
  /** The next page that is asked for is read anew. */
  forget(): void;
}

/** Some 25,000 accounts. */
const MAX_KEPT_PAGES = 25;
/** Nothing beside the hours by which the report itself is late, and it takes one account in two seconds. */
const MAX_AGE_MS = 10 * 60_000;

export function openReport(api: EntraApi): RegistrationReport {
  const kept = new Map<string, ReportPage>();
  const isFresh = ({ readAt }: ReportPage) => api.clock() - readAt < MAX_AGE_MS;
  return {
    page: async (link, signal) => {
      const found = kept.get(link);
      if (found && isFresh(found)) return found;
      const page = await readPage(api, link, signal);
      kept.delete(link);
      kept.set(link, page);
      for (const oldest of kept.keys()) if (kept.size > MAX_KEPT_PAGES) kept.delete(oldest);
      return page;
    },
    find: (id) => {
      const page = [...kept.values()].find((read) => isFresh(read) && read.rows.has(id.toLowerCase()));
      const row = page?.rows.get(id.toLowerCase());
      return page && row && readEarlier(devicesOf(row), page);
    },
    read: (id, signal) => readDevices(api, id, signal),
    forget: () => kept.clear(),
  };
}

const readEarlier = <T>(fact: Fact<T>, { readAt }: ReportPage): Fact<T> =>
  fact.known ? { ...fact, readAt: new Date(readAt).toISOString() } : fact;

async function readPage(api: EntraApi, link: string, signal: AbortSignal): Promise<ReportPage> {
  const readAt = api.clock();
  const { body } = await requestPage(api, link === REPORT_START ? undefined : link, signal);
  return {
    link,
    rows: new Map(body.value.map((row) => [row.id.toLowerCase(), row])),
    last: body.value.at(-1)?.userPrincipalName ?? "",
    next: body["@odata.nextLink"],
    readAt,
  };
}

async function requestPage(api: EntraApi, url: string | undefined, signal: AbortSignal) {
  const request = { path: REPORT_PATH, url, schema: rows, signal };
  try {
    return await api.call({ ...request, query: { $orderby: ORDER, $top: PAGE_LIMIT } });
  } catch (error) {
    if (url !== undefined || !hasCode(error, "ERR_VENDOR_REJECTED")) throw error;
    return api.call({ ...request, query: { $orderby: ORDER } });
  }
}

async function readDevices(api: EntraApi, id: string, signal: AbortSignal): Promise<Fact<readonly Device[]>> {
  const read = await api.call({ path: ROW_PATH, id, schema: registration, signal }).catch(asWardenError);
  if (read instanceof WardenError) {
    if (isNoObject(read)) return NOT_IN_REPORT;
    if (!isReportDenied(read)) throw read;
    return unknownFact(whyDenied(read));
  }
  return isSameId(read.body.id, id)
    ? devicesOf(read.body)
    : unknownFact("Entra's report answered about another account");
}

const NOT_IN_REPORT = unknownFact("it is not in Entra's registration report");

/** Whether it is closed to us, or not offered in this cloud: then nobody's methods are known. */
export const isReportDenied = (error: unknown): error is WardenError =>
  hasCode(error, "ERR_VENDOR_DENIED", "ERR_VENDOR_NOT_FOUND");

const NO_LICENCE = "Authentication_RequestFromNonPremiumTenantOrB2CTenant";

export const whyDenied = (error: WardenError): string =>
  error.detail.vendorCode === NO_LICENCE
    ? "Entra's registration report takes a licence of Entra ID P1 or P2, which this tenant has not"
    : `Entra's registration report cannot be read (${describeError(error).replace(/\.$/, "")})`;
