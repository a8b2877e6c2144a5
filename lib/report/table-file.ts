/** The file of one table as it is made: between a format, which makes text, and a store, which takes bytes when it can. */

import { once } from "node:events";
import { PassThrough } from "node:stream";
import type { Format, ReportHead, ReportRow } from "./data/index.ts";

/** Takes one file as it is made. What fails on the way must leave no file that looks whole. */
export type StoreFile = (file: string, type: string, body: AsyncIterable<Uint8Array>) => Promise<void>;

const BUFFER_BYTES = 2 ** 20;

interface TableFile {
  /** Throws what the store throws. */
  write(rows: readonly ReportRow[]): Promise<void>;
  /** Writes what stands behind the last row. */
  finish(): Promise<void>;
  /** Ends the file, and waits until the store has it. */
  stored(): Promise<void>;
  /** Breaks the file off, and waits until the store has noticed. */
  abort(error: unknown): Promise<void>;
}

export function openTableFile(format: Format, head: ReportHead, store: StoreFile): TableFile {
  const table = format.open(head);
  const pipe = new PassThrough({ highWaterMark: BUFFER_BYTES });
  // An error that the store has not met yet is met where the store is waited for.
  pipe.on("error", () => {});
  const storing = store(format.file, format.type, pipe);
  storing.catch(() => pipe.destroy());
  const writeText = async (text: string) => {
    if (text === "") return;
    if (pipe.destroyed) await storing;
    if (!pipe.write(text)) await Promise.race([once(pipe, "drain"), storing]);
  };
  const opening = table.begin();
  if (opening !== "") pipe.write(opening);
  return {
    write(rows) {
      let text = "";
      for (const row of rows) text += table.row(row);
      return writeText(text);
    },
    finish: () => writeText(table.end()),
    stored() {
      pipe.end();
      return storing;
    },
    async abort(error) {
      pipe.destroy(error instanceof Error ? error : undefined);
      await storing.catch(() => {});
    },
  };
}
