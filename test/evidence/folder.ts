/** A folder of evidence that real sweeps and a real seal have left: what an auditor gets. */
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { folderEvidence } from "../../bench/shared/evidence-stores.ts";
import { sealEvents } from "../../lib/evidence/seal.ts";
import { messageRechecker } from "../../lib/recheck/index.ts";
import { eventMessage, NO_QUEUE } from "../recheck/events.ts";
import { EVERYONE, startWorld, type World } from "../world.ts";

const HOUR_MS = 3_600_000;
export const signal = AbortSignal.timeout(60_000);

/** An event makes a change, `hoursAgo` by the clock of the ledger and of whoever makes it. */
export async function changeByEvent(world: World, subject: string, hoursAgo: number): Promise<void> {
  const ports = world.ports();
  await world.ledger.setDeployedPolicy(ports.policyHash);
  world.vendor.change(subject, { mfaEnabled: false, enabled: true, devices: [{ type: "TOTP", status: "ACTIVE" }] });
  world.time.ahead = -hoursAgo * HOUR_MS;
  const { onProgress: _, ...quiet } = ports;
  const recheck = messageRechecker({ ...quiet, queue: NO_QUEUE });
  const event = { id: `event-${subject}-${hoursAgo}`, directory: "workforce", subject };
  const again = await recheck([eventMessage(event)], AbortSignal.timeout(60_000));
  world.time.ahead = 0;
  if (again.length > 0) throw new Error("the event was not handled");
}

export interface Audited {
  /** Oldest first, as they follow each other in the chain. */
  readonly runs: readonly string[];
  /** Hash of the last run's manifest. */
  readonly head: string;
  /** Public key, PEM. */
  readonly key: string;
  /** As whoever holds the key can. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
  /** A copy of the evidence that may be tampered with. */
  copy(): string;
  close(): void;
}

/** A sweep that enforces in three pages, an hour in which an event changed something, and two more sweeps. */
export async function audited(): Promise<Audited> {
  const base = mkdtempSync(join(tmpdir(), "warden-evidence-"));
  const world = await startWorld({ accounts: 30, pageSize: 10, mfaEnabledShare: 0.6 });
  try {
    const more = { evidence: folderEvidence(join(base, "evidence")) };
    await changeByEvent(world, world.vendor.account(5).id, 3);
    const first = await world.sweep("enforce", EVERYONE, more);
    const { sealed } = await sealEvents({ ...world.ports(), ...more }, signal);
    const second = await world.sweep("enforce", EVERYONE, more);
    const third = await world.sweep("plan", EVERYONE, more);
    let copies = 0;
    return {
      runs: [first.run, ...sealed.map(({ run }) => run), second.run, third.run],
      head: third.only.manifest ?? "",
      key: await world.signer.publicKey(signal),
      sign: (bytes) => world.signer.sign(bytes, signal),
      copy() {
        const copy = join(base, `copy-${copies++}`);
        cpSync(join(base, "evidence"), copy, { recursive: true });
        return copy;
      },
      close: () => rmSync(base, { recursive: true, force: true }),
    };
  } finally {
    await world.close();
  }
}
