/** Finds which account had a key first: an open-addressed table of 96-bit digests, 16 bytes a slot, for millions of them. */

const WORDS_PER_SLOT = 4;
const FIRST_SLOTS = 1 << 12;
/** Fuller than this it is doubled. */
const MAX_LOAD = 0.7;

/** Three words of a digest. */
export type KeyWords = readonly [number, number, number];

export interface KeyTable {
  /** The account that had this key first: `account` itself, if nobody had it before. */
  firstWith(key: KeyWords, account: number): number;
}

/** An empty table. Digests are spread evenly, so that their first word says where they stand. */
export function keyTable(): KeyTable {
  let slots = new Uint32Array(FIRST_SLOTS * WORDS_PER_SLOT);
  let used = 0;

  /** Where the key stands, or is to stand: in units of words. The fourth word is the account plus one, 0 in a free slot. */
  function slotOf(table: Uint32Array, [a, b, c]: KeyWords): number {
    const count = table.length / WORDS_PER_SLOT;
    for (let slot = a % count; ; slot = (slot + 1) % count) {
      const at = slot * WORDS_PER_SLOT;
      if (table[at + 3] === 0 || (table[at] === a && table[at + 1] === b && table[at + 2] === c)) return at;
    }
  }

  function grow(): void {
    const larger = new Uint32Array(slots.length * 2);
    for (let at = 0; at < slots.length; at += WORDS_PER_SLOT) {
      const [a = 0, b = 0, c = 0, owner] = slots.subarray(at, at + WORDS_PER_SLOT);
      if (owner) larger.set(slots.subarray(at, at + WORDS_PER_SLOT), slotOf(larger, [a, b, c]));
    }
    slots = larger;
  }

  return {
    firstWith(key, account) {
      const at = slotOf(slots, key);
      const owner = slots[at + 3] ?? 0;
      if (owner > 0) return owner - 1;
      slots.set([...key, account + 1], at);
      used++;
      if (used * WORDS_PER_SLOT > slots.length * MAX_LOAD) grow();
      return account;
    },
  };
}

const DIGEST_BYTES = 12;
const scratch = Buffer.alloc(DIGEST_BYTES);

/** @param digest 96 bits in base64url */
export function keyWords(digest: string): KeyWords {
  scratch.fill(0).write(digest, "base64url");
  return [scratch.readUInt32LE(0), scratch.readUInt32LE(4), scratch.readUInt32LE(8)];
}

export function keyText([a, b, c]: KeyWords): string {
  scratch.writeUInt32LE(a, 0);
  scratch.writeUInt32LE(b, 4);
  scratch.writeUInt32LE(c, 8);
  return scratch.toString("base64url");
}
