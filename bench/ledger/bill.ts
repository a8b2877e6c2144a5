/** What AWS would charge for: read and write units as DynamoDB counts them. */

/** Units, and how often each kind of item was written. */
export interface Bill {
  readonly reads: number;
  readonly writes: number;
  readonly written: Readonly<Record<string, number>>;
}

export interface BillCounter {
  addRead(bytes: number, consistent: boolean): void;
  /** @param copies in how many places the item is written: the table, and each index that changes */
  addWrite(kind: string, bytes: number, copies: number): void;
  /** A write whose condition does not hold costs a unit, too. */
  addRefusedWrite(): void;
  /** What has come up since it was last taken. */
  take(): Bill;
}

const READ_UNIT_BYTES = 4096;
const WRITE_UNIT_BYTES = 1024;

export function billCounter(): BillCounter {
  let reads = 0;
  let writes = 0;
  let written: Record<string, number> = {};
  return {
    addRead(bytes, consistent) {
      reads += Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (consistent ? 1 : 0.5);
    },
    addWrite(kind, bytes, copies) {
      written[kind] = (written[kind] ?? 0) + 1;
      writes += Math.ceil(bytes / WRITE_UNIT_BYTES) * copies;
    },
    addRefusedWrite() {
      writes += 1;
    },
    take() {
      const bill = { reads, writes, written };
      reads = 0;
      writes = 0;
      written = {};
      return bill;
    },
  };
}
