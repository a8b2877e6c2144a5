/** What a dead run had finished goes into the evidence: its change log, signed, in the chain of its directory. */
import { readSweepManifest, sealRecovered } from "../evidence/index.ts";
import type { Change, DirectoryHead, DirectoryRecord } from "../model/index.ts";
import type { LeasedContext } from "./lease.ts";

/** Answers the manifest that the next one follows; `undefined` where there was nothing to seal. */
export async function sealDeadRun(
  context: LeasedContext,
  dead: string,
  signal: AbortSignal,
): Promise<DirectoryHead["manifest"]> {
  const { ports, order, lease, head } = context;
  const known = await ports.ledger.readRun(dead);
  const record = known?.directories.find(({ id }) => id === order.directory);
  if (!known || !record || record.sealedAs !== undefined) return undefined;
  const sealedUntil = await endOfOwnManifest(context, record);
  const changes = () => unsealedChanges(context, dead, sealedUntil);
  if ((await changes().next()).done) return undefined;
  await ports.ledger.renewLease(lease);
  const { origin, code, startedAt } = known.run;
  const sealing = { record, changes: changes(), origin, code, startedAt, by: order, head };
  const manifest = await sealRecovered(ports, sealing, signal);
  if (record.manifest === undefined)
    await ports.ledger.saveDirectory({ ...record, manifest: manifest.hash, sealedAs: manifest.run });
  await ports.ledger.updateHead(lease, { manifest });
  return manifest;
}

/** When the run's own manifest was made, ISO 8601: claims that it left open may have ended since. */
async function endOfOwnManifest({ ports }: LeasedContext, record: DirectoryRecord): Promise<string | undefined> {
  if (record.manifest === undefined) return undefined;
  return (await readSweepManifest(ports.evidence, record.run, record.id, record.manifest)).endedAt;
}

/** Page by page, and never an empty one. @param sealedUntil absent: none of them is sealed */
async function* unsealedChanges(
  { ports, order }: LeasedContext,
  dead: string,
  sealedUntil: string | undefined,
): AsyncGenerator<Change[]> {
  for await (const changes of ports.ledger.listChanges(dead, order.directory)) {
    const unsealed = changes.filter(({ at }) => sealedUntil === undefined || (at !== undefined && at > sealedUntil));
    if (unsealed.length > 0) yield unsealed;
  }
}
