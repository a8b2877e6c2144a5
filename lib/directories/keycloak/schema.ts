/** What Keycloak answers: users, credentials, the realm, and errors. */

import * as v from "valibot";
import type { VendorErrorDetail } from "../../http/index.ts";
import { anything, nonEmptyText, textOrEmpty } from "../fields.ts";

/** Who it is must be readable, or the whole answer is refused; anything else only becomes an unknown fact. */
export const user = v.object({
  id: nonEmptyText,
  username: nonEmptyText,
  enabled: anything,
  /** Whether a one-time password generator is registered. */
  totp: anything,
  requiredActions: anything,
  /** Milliseconds since 1970. */
  createdTimestamp: anything,
  email: anything,
  attributes: anything,
});
export type User = v.InferOutput<typeof user>;

export const userList = v.array(user);

/** Its address alone: nothing else of what is read keeps it. */
export const userEmail = v.object({ id: nonEmptyText, email: textOrEmpty });

export const actionList = v.array(v.string());

const problem = v.object({ error: textOrEmpty, error_description: textOrEmpty, errorMessage: textOrEmpty });

/** Of an error body its code, such as `invalid_request`: a sentence in its place is left out when it is no name. */
export function describeVendorError(body: unknown): VendorErrorDetail {
  const { success, output } = v.safeParse(problem, body);
  return success && /^[\w-]{1,60}$/.test(output.error) ? { vendorCode: output.error } : {};
}

/** The realm's public page. */
export const realmPage = v.object({ realm: nonEmptyText });
