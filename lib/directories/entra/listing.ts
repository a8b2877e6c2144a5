/**
 * The users of a tenant with what they have registered: two listings in the same order, read side by side, so that neither is ever
 * held whole.
 */

import * as v from "valibot";
import { asWardenError, WardenError } from "../../errors.ts";
import {
  type Device,
  type Fact,
  NOT_ASKED,
  omitUndefined,
  type Page,
  type Subject,
  unknownFact,
} from "../../model/index.ts";
import type { EntraApi } from "./api.ts";
import type { EntraContext } from "./context.ts";
import { devicesOf } from "./methods.ts";
import { isReportDenied, REPORT_START, type ReportPage, whyDenied } from "./registration-report.ts";
import type { EntraUser } from "./schema.ts";
import { subjectOf } from "./subject.ts";
import { listUsers, type UserPage } from "./users.ts";

/** Where both listings stand. */
const cursorSchema = v.strictObject({
  users: v.optional(v.string()),
  /** The first page of the report that may still have somebody of the next users. */
  report: v.string(),
  /** Why there is no report. */
  denied: v.optional(v.string()),
});
type Cursor = v.InferOutput<typeof cursorSchema>;

/** @param cursor a page's `next` */
export async function listPage(context: EntraContext, cursor: string | undefined, signal: AbortSignal): Promise<Page> {
  const { api, tenant, perUserMfa } = context;
  const at = readCursor(api, cursor);
  if (cursor === undefined) context.report.forget();
  const [page, state] = await Promise.all([listUsers(api, at.users, signal), tenant.state(signal)]);
  const report = await readReportFor(context, page, at, signal);
  const subjects = page.users.map(
    (user): Subject =>
      subjectOf(user, { tenant: state, perUserMfa, devices: report.devicesOf(user), state: user.perUserMfaState }),
  );
  const next = page.next && writeCursor({ users: page.next, report: report.at, denied: report.denied });
  return omitUndefined({ subjects, next, date: page.date });
}

const writeCursor = (cursor: { readonly [K in keyof Cursor]: Cursor[K] | undefined }): string => JSON.stringify(cursor);

function readCursor(api: EntraApi, cursor: string | undefined): Cursor {
  if (cursor === undefined) return { report: REPORT_START };
  const read = v.safeParse(v.pipe(v.string(), v.parseJson(), cursorSchema), cursor);
  if (read.success) return read.output;
  throw api.vendorError(
    "ERR_VENDOR_ORIGIN",
    { method: "GET", path: "/v1.0/users" },
    "was given a cursor of somebody else",
  );
}

/** What the report says of one page of users, and where it is to be read on. */
interface ReportPart {
  devicesOf(user: EntraUser): Fact<readonly Device[]>;
  readonly at: string;
  readonly denied?: string;
}

async function readReportFor(
  context: EntraContext,
  page: UserPage,
  at: Cursor,
  signal: AbortSignal,
): Promise<ReportPart> {
  if (at.denied !== undefined) return deniedPart(at.denied);
  const read = await readWindow(context, page.users, at.report, signal).catch(asWardenError);
  if (read instanceof WardenError) {
    if (!isReportDenied(read)) throw read;
    return deniedPart(whyDenied(read));
  }
  return {
    // Who is not near its place may still be in the report: it is asked by itself, if a verdict rests on it.
    devicesOf: ({ id }) => {
      const row = rowOf(read, id);
      return row ? devicesOf(row) : NOT_ASKED;
    },
    at: read.at(-OVERLAP)?.link ?? at.report,
  };
}

const deniedPart = (denied: string): ReportPart => ({
  devicesOf: () => unknownFact(denied),
  at: REPORT_START,
  denied,
});

/** Pages that are looked through once more for the next users: the two services may not sort a name quite alike. */
const OVERLAP = 2;

/** The pages of the report up to the last of these users; one more while somebody is not found. */
async function readWindow(
  context: EntraContext,
  users: readonly EntraUser[],
  from: string,
  signal: AbortSignal,
): Promise<ReportPage[]> {
  const pages: ReportPage[] = [];
  const last = fold(users.at(-1)?.userPrincipalName ?? "");
  let isBehind = false;
  for (let link: string | undefined = from; link !== undefined && users.length > 0; ) {
    if (pages.some((read) => read.link === link)) throw loopError(context.api);
    const page: ReportPage = await context.report.page(link, signal);
    pages.push(page);
    const isPast = page.last !== "" && fold(page.last) >= last;
    if (isBehind || (isPast && users.every((user) => isSettled(pages, user)))) break;
    isBehind = isPast;
    link = page.next;
  }
  return pages;
}

const rowOf = (pages: readonly ReportPage[], id: string) =>
  pages.map(({ rows }) => rows.get(id.toLowerCase())).find((row) => row !== undefined);

/** Nothing rests on the devices of somebody who cannot sign in. */
const isSettled = (pages: readonly ReportPage[], { id, accountEnabled }: EntraUser): boolean =>
  accountEnabled === false || rowOf(pages, id) !== undefined;

const fold = (name: string): string => name.toLowerCase();

const loopError = (api: EntraApi) =>
  api.vendorError("ERR_READ_LOOP", { method: "GET", path: "/v1.0/reports" }, "gave the same page of its report twice");
