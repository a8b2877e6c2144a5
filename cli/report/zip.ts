/** A zip archive as a stream: one entry after the other, in bounded memory. */

import { Zip, ZipDeflate, ZipPassThrough } from "fflate";
import { WardenError } from "../../lib/errors.ts";

export interface ZipEntry {
  readonly name: string;
  readonly body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** It is compressed already. */
  readonly compressed?: boolean;
}

/** What a zip without its 64-bit extension can hold. */
const MAX_BYTES = 2 ** 32 - 1;
const MAX_ENTRIES = 65_535;
const COMPRESSION_LEVEL = 6;

/** The bytes of the archive; its entries have the date `at`. Throws `ERR_INPUT_INVALID` beyond 4 GiB an entry or in all, or 65,535 entries. */
export async function* zipEntries(entries: AsyncIterable<ZipEntry>, at: Date): AsyncGenerator<Uint8Array> {
  const pending: Uint8Array[] = [];
  const total = { bytes: 0, entries: 0 };
  const zip = new Zip((error, chunk) => {
    if (error) throw error;
    total.bytes += chunk.length;
    pending.push(chunk);
  });
  const take = () => pending.splice(0);
  for await (const { name, body, compressed } of entries) {
    const entry = compressed ? new ZipPassThrough(name) : new ZipDeflate(name, { level: COMPRESSION_LEVEL });
    entry.mtime = at;
    zip.add(entry);
    total.entries++;
    let size = 0;
    for await (const chunk of body) {
      size += chunk.length;
      entry.push(chunk);
      yield* take();
      if (size > MAX_BYTES || total.bytes > MAX_BYTES || total.entries > MAX_ENTRIES) throw tooLarge(name);
    }
    entry.push(new Uint8Array(), true);
    yield* take();
  }
  zip.end();
  if (total.bytes > MAX_BYTES) throw tooLarge("its list of files");
  yield* take();
}

const tooLarge = (name: string) =>
  new WardenError(
    "ERR_INPUT_INVALID",
    `The archive would be larger than a zip can be, at ${name}; name fewer tables with --format, or a shorter period.`,
  );
