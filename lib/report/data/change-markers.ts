/** What is kept of each subject of a population to compare it with another one: 14 bytes, whatever its id and name. */

import { hash } from "node:crypto";

/** A value below 256 and up to eight flags for each subject that was put in. */
export interface ChangeMarkers {
  set(digest: SubjectDigest, value: number): void;
  /** Where a subject is, for `valueAt`, `addFlag` and `hasFlag`; below 0: it was not put in. */
  indexOf(digest: SubjectDigest): number;
  valueAt(index: number): number;
  addFlag(index: number, flag: number): void;
  hasFlag(index: number, flag: number): boolean;
}

/** 64 bits of a subject's SHA-256: two of a million share them once in 37 million comparisons. */
export interface SubjectDigest {
  readonly high: number;
  readonly low: number;
}

export function digestSubject(directory: string, id: string): SubjectDigest {
  // A character a byte: four times as fast as a buffer.
  const text = hash("sha256", `${directory}\n${id}`, "binary");
  return { high: wordAt(text, 0), low: wordAt(text, 4) };
}

const wordAt = (text: string, at: number): number =>
  (text.charCodeAt(at) |
    (text.charCodeAt(at + 1) << 8) |
    (text.charCodeAt(at + 2) << 16) |
    (text.charCodeAt(at + 3) << 24)) >>>
  0;

/** A hash table with open addressing, at most half full. @param most how many will be put in */
export function createChangeMarkers(most: number): ChangeMarkers {
  const slots = 2 ** Math.ceil(Math.log2(Math.max(16, most * 2)));
  const [high, low] = [new Uint32Array(slots), new Uint32Array(slots)];
  const [used, values, flags] = [new Uint8Array(slots), new Uint8Array(slots), new Uint8Array(slots)];

  function seek(digest: SubjectDigest): number {
    let index = (digest.low ^ digest.high) & (slots - 1);
    while (used[index] && (high[index] !== digest.high || low[index] !== digest.low)) index = (index + 1) & (slots - 1);
    return index;
  }

  return {
    set(digest, value) {
      const index = seek(digest);
      used[index] = 1;
      high[index] = digest.high;
      low[index] = digest.low;
      values[index] = value;
    },
    indexOf(digest) {
      const index = seek(digest);
      return used[index] ? index : -1;
    },
    valueAt: (index) => values[index] ?? 0,
    addFlag(index, flag) {
      flags[index] = (flags[index] ?? 0) | flag;
    },
    hasFlag: (index, flag) => ((flags[index] ?? 0) & flag) !== 0,
  };
}
