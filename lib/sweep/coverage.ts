/** Whether the credential may see the whole directory: whoever it may not see is in no listing and in no total. */
import { asWardenError, problemOf, WardenError } from "../errors.ts";
import type { Coverage, Directory, Problem } from "../model/index.ts";

const MAX_PARTS_SHOWN = 5;

/** A note where it may see only a part, or nobody can tell. What fails here stops no sweep. */
export async function askCoverage(id: string, directory: Directory, signal: AbortSignal): Promise<Problem | undefined> {
  const coverage = await directory.coverage?.(signal).catch(asWardenError);
  if (coverage === undefined) return undefined;
  if (!(coverage instanceof WardenError)) return coverageNote(id, coverage);
  if (coverage.code === "ERR_ABORTED") throw coverage;
  return coverageNote(id, { extent: "unknown", why: `its roles cannot be read (${coverage.code})` });
}

function coverageNote(id: string, coverage: Coverage): Problem | undefined {
  if (coverage.extent === "whole") return undefined;
  return problemOf(new WardenError("ERR_READ_COVERAGE", coverageText(id, coverage)), id);
}

function coverageText(id: string, coverage: Exclude<Coverage, { extent: "whole" }>): string {
  if (coverage.extent === "unknown")
    return `It is not known whether the credential of ${id} may see every account: ${coverage.why.replace(/\.$/, "")}. Accounts that it may not see are missing from this run; doctor says what to check.`;
  const { limitedTo } = coverage;
  const more = limitedTo.length - MAX_PARTS_SHOWN;
  const parts = limitedTo.slice(0, MAX_PARTS_SHOWN).join(", ");
  return `The credential of ${id} may see only ${parts}${more > 0 ? ` and ${more} more` : ""}. Other accounts are missing from this run; give it a role for the whole directory.`;
}
