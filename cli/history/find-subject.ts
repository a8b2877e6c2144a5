/** Finds what is recorded about an account, by its id or by the user name it had in the last complete run. */

import { WardenError } from "../../lib/errors.ts";
import { loadPage } from "../../lib/evidence/index.ts";
import type { Basis } from "../../lib/report/index.ts";
import type { AccountName } from "../input/account.ts";
import type { Records } from "../local/records.ts";

export type RecordedHistory = Awaited<ReturnType<Records["ledger"]["readHistory"]>>;

/** Throws `ERR_INPUT_INVALID` when nothing is recorded. @param basis awaited only for somebody who is not named by id */
export async function findSubject(
  records: Records,
  { directory, account }: AccountName,
  basis: Promise<Basis | undefined>,
): Promise<RecordedHistory> {
  basis.catch(() => {});
  const byId = await records.ledger.readHistory(directory, account);
  if (byId.state) return byId;
  const id = await findIdByName(records, account, await basis);
  const byName = id === undefined ? undefined : await records.ledger.readHistory(directory, id);
  if (byName?.state) return byName;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `Nothing is recorded about ${account} in ${directory}. Give the vendor's id, or the exact user name that the last complete run read.`,
  );
}

/** The ledger keeps no index of names; the last whole population has them all. */
async function findIdByName(
  { evidence }: Records,
  username: string,
  basis: Basis | undefined,
): Promise<string | undefined> {
  for (const page of basis?.manifest.parts.flatMap((part) => part.pages) ?? []) {
    const row = (await loadPage(evidence, page)).find((candidate) => candidate.username === username);
    if (row) return row.id;
  }
  return undefined;
}
