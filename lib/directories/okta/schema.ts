/** What Okta answers: users, groups and errors. */

import * as v from "valibot";
import type { VendorErrorDetail } from "../../http/index.ts";
import { anything, nonEmptyText, textOrEmpty } from "../fields.ts";
import { oktaId } from "./settings.ts";

/** Who it is must be readable, or the whole answer is refused; anything else only becomes an unknown fact. */
export const user = v.object({
  id: oktaId,
  status: anything,
  created: anything,
  lastUpdated: textOrEmpty,
  profile: v.object({ login: nonEmptyText, email: anything, employeeNumber: anything }),
});
export type User = v.InferOutput<typeof user>;

export const userList = v.array(user);
export const withId = v.object({ id: oktaId });
export const idList = v.array(withId);

export const group = v.object({
  id: oktaId,
  type: textOrEmpty,
  profile: v.fallback(v.object({ name: textOrEmpty }), { name: "" }),
});
export const groupList = v.array(group);

const problem = v.object({ errorCode: textOrEmpty, errorId: textOrEmpty });

/** Of an error body its code and the id of the request: its sentences may name people. */
export function describeVendorError(body: unknown): VendorErrorDetail {
  const { success, output } = v.safeParse(problem, body);
  if (!success) return {};
  return {
    ...(output.errorCode !== "" && { vendorCode: output.errorCode }),
    ...(output.errorId !== "" && { requestId: output.errorId }),
  };
}
