/** What Microsoft Graph answers: lists, users, errors. https://learn.microsoft.com/graph/api/resources/user */

import * as v from "valibot";
import type { VendorErrorDetail } from "../../http/index.ts";
import { anything, ifPresent, nonEmptyText, textOrEmpty, uuid } from "../fields.ts";

/** What all lists share: only the last page has no next link. */
export interface ODataList {
  readonly "@odata.nextLink"?: string | undefined;
}

/** https://learn.microsoft.com/graph/paging */
export const listOf = <S extends v.GenericSchema>(item: S) =>
  v.object({
    value: v.array(item),
    "@odata.nextLink": ifPresent(v.string()),
  });

export const user = v.object({
  id: uuid,
  userPrincipalName: nonEmptyText,
  accountEnabled: anything,
  userType: anything,
  creationType: anything,
  createdDateTime: anything,
  mail: anything,
  employeeId: anything,
  /** Served in lists although no document says so; absent where it is not. */
  perUserMfaState: anything,
});
export type EntraUser = v.InferOutput<typeof user>;

export const userList = listOf(user);
export const withId = v.object({ id: uuid });

const innerError = v.fallback(v.object({ "request-id": textOrEmpty }), { "request-id": "" });
const problem = v.object({ error: v.object({ code: textOrEmpty, innerError: v.optional(innerError) }) });

/** Of an error body its code and the id of the request: https://learn.microsoft.com/graph/errors */
export function describeVendorError(body: unknown): VendorErrorDetail {
  const { success, output } = v.safeParse(problem, body);
  if (!success) return {};
  return { vendorCode: output.error.code, requestId: output.error.innerError?.["request-id"] ?? "" };
}

/** Ids are hexadecimal, in any case. */
export const isSameId = (id: string, other: string): boolean => id.toLowerCase() === other.toLowerCase();

/** As the vendor wrote it, but for what could break a line. */
export const printable = (text: string): string => text.replace(/[^\w.-]/g, "?").slice(0, 60);
