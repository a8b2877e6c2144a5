/** The head of the directory while it is swept: that of the lease, and what was sealed since. */
import { type DirectoryHead, omitUndefined } from "../model/index.ts";
import type { HeldLease } from "./lease.ts";
import type { SweepState } from "./state.ts";

/** With the manifest that the next one follows. */
export const currentHead = (
  { head }: Pick<HeldLease, "head">,
  { manifest = head.manifest }: SweepState,
): DirectoryHead => omitUndefined({ ...head, manifest });

export const followManifest = (state: SweepState, manifest: NonNullable<DirectoryHead["manifest"]>): SweepState => ({
  ...state,
  manifest,
});
