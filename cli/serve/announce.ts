/** Says where events are taken from: which directories send webhooks, and whose log is asked. */

import { polledDirectories } from "../../functions/polled-directories.ts";
import { omitUndefined, type WebhookCredentials } from "../../lib/model/index.ts";
import type { Input } from "../input/read-input.ts";
import { results } from "../terminal/output.ts";
import { dim, green, type Piece, yellow } from "../terminal/piece.ts";

interface ServedDirectory {
  readonly id: string;
  readonly vendor: string;
  readonly mode: string;
  /** Where its vendor sends webhooks; `null` where none can come. */
  readonly hook: string | null;
  /** Seconds between two polls of its log; absent where it is not asked. */
  readonly poll?: number;
}

interface Taking {
  readonly address: string;
  readonly credentials: WebhookCredentials;
}

interface AnnounceOptions {
  readonly json?: boolean;
  readonly aws?: boolean;
  readonly poll: number;
}

/** On one line for machines, or as a table. */
export function announceServing(
  { policy }: Pick<Input, "policy">,
  { address, credentials }: Taking,
  { json, poll, aws }: AnnounceOptions,
): void {
  const polled = aws ? [] : polledDirectories(policy);
  const directories = policy.directories.map(({ id, vendor, mode }) =>
    omitUndefined({
      id,
      vendor,
      mode,
      hook: credentials.has(id) ? `${address}/hooks/${id}` : null,
      poll: polled.includes(id) ? poll : undefined,
    }),
  );
  if (json) results.jsonLine({ listening: address, directories });
  else showDirectories(directories);
}

const NO_HOOK = "nowhere: its secret has no `hooks` credential";

function showDirectories(directories: readonly ServedDirectory[]): void {
  results.line("Events are handled as they arrive. Press Ctrl-C to stop.");
  const columns = [{ head: "directory" }, { head: "mode" }, { head: "webhooks go to", most: 200 }];
  const rows = directories.map(({ id, vendor, mode, hook, poll }): Piece[] => [
    `${id} (${vendor})`,
    mode === "enforce" ? green(mode) : yellow(`${mode}: nothing is changed`),
    hook ?? dim(poll === undefined ? NO_HOOK : `nowhere: its log is asked every ${poll} s`),
  ]);
  results.table(columns, rows);
  results.line(dim("To send an event yourself: emit DIRECTORY/ACCOUNT. To see events that failed five times: replay."));
}
