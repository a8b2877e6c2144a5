/** What can be changed about an account of Entra: its per-user MFA, where the policy says `perUserMfa: true`. */

import type { ChangeRequestResult, Directory } from "../../model/index.ts";
import { readStateBack } from "./accounts.ts";
import type { EntraContext } from "./context.ts";
import { enforceMfa, revertMfa, whyNotReverted } from "./per-user-mfa.ts";
import { mayAskForMfa } from "./tenant-facts.ts";

type Changes = Pick<Directory, "enrolsAtSignIn" | "caution" | "enforce" | "revert" | "whyNotReverted" | "readBack">;

export const changesOf = (context: EntraContext): Changes => ({
  enrolsAtSignIn: true,
  caution: () => cautionOf(context),
  enforce: ({ id }, signal) => enforce(context, id, signal),
  revert: ({ id }, before, signal) => revertMfa(context.api, id, before, signal),
  whyNotReverted: (_subject, before) => whyNotReverted(before),
  readBack: (changed, signal) => readStateBack(context, changed, signal),
});

/** With MFA on, Microsoft's own synchronisation could not sign in: who cannot be told from it is not changed. */
async function enforce({ api, tenant }: EntraContext, id: string, signal: AbortSignal): Promise<ChangeRequestResult> {
  const { synchronisers } = await tenant.state(signal);
  if (synchronisers.known) return enforceMfa(api, id, signal);
  const why = `which accounts synchronise this tenant is not known (${synchronisers.why.replace(/\.$/, "")})`;
  return { outcome: "refused", why };
}

const CAUTION =
  "security defaults or Conditional Access may ask for MFA in this tenant too; Microsoft advises against per-user MFA beside them.";

function cautionOf({ tenant }: EntraContext): string | undefined {
  const state = tenant.latest();
  return state && mayAskForMfa(state) ? CAUTION : undefined;
}
