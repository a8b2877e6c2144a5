/** What a restored table must have to go on as the ledger: a restore brings back the items and the indexes, and not how they are kept. */
import { WardenError } from "../lib/errors.ts";

/** As far as it matters here, what AWS says of a table. */
export interface RestoredTable {
  readonly hashKey: string;
  readonly rangeKey: string;
  readonly globalSecondaryIndexes: readonly { readonly name: string }[];
  readonly pointInTimeRecovery: { readonly enabled: boolean };
  readonly ttl: { readonly attributeName: string; readonly enabled: boolean };
  readonly deletionProtectionEnabled: boolean;
}

/** Throws `ERR_INPUT_INVALID` unless the table can be the ledger of this stage. */
export function checkRestored(name: string, table: RestoredTable, isProduction: boolean): void {
  const indexes = table.globalSecondaryIndexes.map((index) => index.name);
  const lacks = [
    table.hashKey === "pk" && table.rangeKey === "sk" ? "" : "the keys of a ledger",
    indexes.includes("open") && indexes.includes("runs") ? "" : "the indexes open and runs",
    table.pointInTimeRecovery.enabled ? "" : "point-in-time recovery",
    table.ttl.enabled && table.ttl.attributeName === "forgetAt" ? "" : "time to live on forgetAt",
    table.deletionProtectionEnabled || !isProduction ? "" : "deletion protection",
  ].filter((one) => one !== "");
  if (lacks.length === 0) return;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `The table ${name} of deploy.ledgerTable lacks ${lacks.join(", ")}. Nothing was deployed; docs/deploy.md has the commands, under "When the ledger is lost".`,
  );
}
