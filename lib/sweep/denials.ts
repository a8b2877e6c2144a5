/** Whether anything more may be tried: tells one account's denial from a credential that nothing succeeds with any more. Pure. */
import { consumesBudget } from "../enforcement/index.ts";
import type { WardenError } from "../errors.ts";
import { omitUndefined } from "../model/index.ts";
import type { AppliedChange } from "./apply-change.ts";

/** A credential may be limited to some accounts; so many slices in a row that were denied whole, over steps and waves, are not some. */
const MAX_DENIED_SLICES = 2;

export interface Denials {
  /** In a row, each denied whole. */
  readonly slices: number;
  /** Why nothing more may be tried. */
  readonly stop?: WardenError;
}

/** Adds the changes that were made together. What needed no write says nothing of the credential. */
export function addSlice({ slices }: Denials, results: readonly AppliedChange[]): Denials {
  const halt = results.find((result) => result.halt)?.halt;
  if (halt) return { slices, stop: halt };
  const denials = results.flatMap(({ denial }) => denial ?? []);
  const refused = denials.find(({ code }) => code === "ERR_VENDOR_AUTH");
  if (refused) return { slices, stop: refused };
  const written = results.filter(({ denial, outcome }) => denial === undefined && consumesBudget(outcome));
  if (written.length > 0) return { slices: 0 };
  const denied = denials.length > 0 ? slices + 1 : slices;
  return omitUndefined({ slices: denied, stop: denied >= MAX_DENIED_SLICES ? denials[0] : undefined });
}
