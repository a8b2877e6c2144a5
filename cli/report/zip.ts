/** A zip archive as a stream: one entry after the other, in bounded memory. */

import { Zip, ZipDeflate, ZipPassThrough } from "fflate";
import { WardenError } from "../../lib/errors.ts";

export interface ZipEntry {
  readonly name: string;
  readonly body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** It is packed already. */
  readonly packed?: boolean;
}

/** What a zip without its 64-bit extension can hold. */
const MOST = { bytes: 2 ** 32 - 1, entries: 65_535 };

/** Entries have the date `at`. Throws `ERR_INPUT_INVALID` beyond 4 GiB an entry or in all, or 65,535 entries. */
export async function* zipped(entries: AsyncIterable<ZipEntry>, at: Date): AsyncGenerator<Uint8Array> {
  const made: Uint8Array[] = [];
  const total = { bytes: 0, entries: 0 };
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    total.bytes += chunk.length;
    made.push(chunk);
  });
  const take = () => made.splice(0);
  for await (const { name, body, packed } of entries) {
    const entry = packed ? new ZipPassThrough(name) : new ZipDeflate(name, { level: 6 });
    entry.mtime = at;
    zip.add(entry);
    total.entries++;
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      entry.push(chunk);
      yield* take();
      if (size > MOST.bytes || total.bytes > MOST.bytes || total.entries > MOST.entries) throw tooLarge(name);
    }
    entry.push(new Uint8Array(), true);
    yield* take();
  }
  zip.end();
  if (total.bytes > MOST.bytes) throw tooLarge("its list of files");
  yield* take();
}

const tooLarge = (name: string) =>
  new WardenError(
    "ERR_INPUT_INVALID",
    `The archive would be larger than a zip can be, at ${name}; name fewer tables with --format.`,
  );
