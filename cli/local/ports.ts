/** What the workflows get from outside when they run on the command line. */

import { composePorts, type SubjectPorts } from "../../functions/compose-ports.ts";
import { noticeReceiversOf } from "../../functions/notice-receivers.ts";
import { noticeSenderOf } from "../../functions/notice-sender.ts";
import type { LongLivedPorts } from "../../functions/workflows.ts";
import { type NoticeSender, omitUndefined } from "../../lib/model/index.ts";
import type { Input } from "../input/read-input.ts";
import { codeVersion } from "../product.ts";
import { folderSender } from "../state/notice-folder.ts";
import { clock, type Records } from "./records.ts";
import type { LocalRunPorts } from "./runner.ts";

export interface TimeOptions {
  /** Seconds. */
  readonly lease: number;
  /** How long a change may take to show, in ms. */
  readonly patience: number;
}

/** Everything that a run gets from outside. Throws `ERR_INPUT_INVALID` when nobody said which key signs in AWS. */
export const sweepPorts = (input: Input, records: Records, times: TimeOptions): LongLivedPorts<LocalRunPorts> => ({
  ...subjectPorts(input, records, times),
  receivers: noticeReceiversOf({ ...input, clock }),
  ...omitUndefined({ noticeSender: openNoticeSender(input, records) }),
  evidence: records.evidence,
  signer: records.signer(),
});

/** A folder is there on a laptop alone. */
function openNoticeSender({ policy, secrets }: Input, { noticeFolder }: Records): NoticeSender | undefined {
  if (policy.notices?.by === "folder" && noticeFolder !== undefined) return folderSender(noticeFolder);
  return noticeSenderOf({ policy, secrets, clock, environment: process.env });
}

/** And what work on a single account gets, which leaves no evidence. */
export const subjectPorts = (
  { policy, secrets }: Input,
  { ledger }: Records,
  { lease, patience }: TimeOptions,
): SubjectPorts =>
  composePorts({
    policy,
    secrets,
    ledger,
    code: codeVersion(),
    leaseSeconds: lease,
    readBackTimeoutMs: patience,
  });
