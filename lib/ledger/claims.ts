/** The right to change one subject: whoever holds the claim on its state, and nobody else. */
import type { ChangeStore, Claim, SubjectState } from "../model/index.ts";
import type { LedgerContext } from "./context.ts";
import { type Key, stateKey } from "./keys.ts";
import { stateOf } from "./state-item.ts";

/** Claims on subjects. */
export const claims = (context: LedgerContext): Pick<ChangeStore, "claimSubject" | "takeOverClaim"> => ({
  claimSubject: (directory, id, claim) =>
    writeClaim(context, stateKey(directory, id), claim, {
      when: "attribute_not_exists(#claim) OR #claim.#by = :by",
      values: { by: claim.by },
    }),

  // The second half is this very call, come twice because its first answer was lost.
  takeOverClaim: (directory, id, dead, claim) =>
    writeClaim(context, stateKey(directory, id), claim, {
      when: "(#claim.#by = :deadBy AND #claim.#at = :deadAt) OR (#claim.#by = :by AND #claim.#at = :at)",
      values: { deadBy: dead.by, deadAt: dead.at, by: claim.by, at: claim.at },
    }),
});

/** The state with the claim on it; `undefined` when there is none or the condition does not hold. */
async function writeClaim(
  { table }: LedgerContext,
  key: Key,
  claim: Claim,
  { when, values }: { readonly when: string; readonly values: object },
): Promise<SubjectState | undefined> {
  const item = await table.update(key, {
    set: ["#claim = :claim"],
    when: `attribute_exists(pk) AND (${when})`,
    values: { claim, ...values },
  });
  return item && stateOf(item);
}
