/** What would be done to an account: the change is planned, and was not made. */
import type { ReportRow } from "../data/index.ts";

export function wouldBe({ planned, undoes }: ReportRow): "changed" | "put back" | undefined {
  if (!planned) return undefined;
  return undoes === undefined ? "changed" : "put back";
}
