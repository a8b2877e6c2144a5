/** What is said of a whole tenant beside the verdicts: whether something else than per-user MFA may ask for a second factor. */

import { asWardenError, WardenError } from "../../errors.ts";
import { type DirectoryFact, type Fact, unknownFact } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import { describeConditionalAccess } from "./conditional-access.ts";
import type { Tenant, TenantState } from "./tenant.ts";

/** Whether something else than per-user MFA may ask for a second factor; also where nobody can tell. */
export const mayAskForMfa = ({ securityDefaults, conditionalAccess }: TenantState): boolean =>
  !securityDefaults.known ||
  securityDefaults.value ||
  !conditionalAccess.known ||
  conditionalAccess.value.asking + conditionalAccess.value.unclear > 0;

/** The tenant's facts beside the verdicts; what cannot be read is unknown, with the reason. Throws only `ERR_ABORTED`. */
export async function readFacts(tenant: Tenant, signal: AbortSignal): Promise<DirectoryFact[]> {
  const read = await tenant.state(signal).catch(asWardenError);
  if (!(read instanceof WardenError)) return factsOf(read);
  if (read.code === "ERR_ABORTED") throw read;
  const unknown = unknownFact(describeError(read));
  return factsOf({ securityDefaults: unknown, conditionalAccess: unknown });
}

const factsOf = ({
  securityDefaults,
  conditionalAccess,
}: Pick<TenantState, "securityDefaults" | "conditionalAccess">) => [
  describeSecurityDefaults(securityDefaults),
  describeConditionalAccess(conditionalAccess),
];

function describeSecurityDefaults(fact: Fact<boolean>): DirectoryFact {
  const name = "securityDefaults";
  if (!fact.known)
    return {
      name,
      value: null,
      meaning: `Whether security defaults are on is not known: ${fact.why.replace(/\.$/, "")}.`,
    };
  if (!fact.value) return { name, value: false, meaning: "Security defaults are off." };
  const meaning =
    "Security defaults are on: Microsoft asks for a second factor where it sees a need; no verdict rests on it.";
  return { name, value: true, meaning };
}
