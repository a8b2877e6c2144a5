/** Ids of the simulated PingOne: each follows from a number, and leads back to it, so that no table of ids is kept. */

/** Murmur3's finaliser: spreads well, costs nothing, and is a bijection of 32-bit numbers. */
export function mix(value: number): number {
  const a = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return (b ^ (b >>> 16)) >>> 0;
}

function unmix(value: number): number {
  const a = Math.imul(value ^ (value >>> 16), 0x7ed1b41d);
  const b = Math.imul(a ^ (a >>> 13) ^ (a >>> 26), 0xa5cb9243);
  return (b ^ (b >>> 16)) >>> 0;
}

/** The id of an account. @param key of the seed */
export function accountId(index: number, key: number): string {
  return formatId(mix(index ^ key));
}

/** The index of an account; undefined for what is no account's id. */
export function accountIndex(id: string, key: number): number | undefined {
  const index = (unmix(Number.parseInt(id.slice(0, 8), 16)) ^ key) >>> 0;
  return accountId(index, key) === id ? index : undefined;
}

/** The id of the n-th population or group. */
export function namedId(n: number, key: number): string {
  return formatId(mix(key + Math.imul(n, 0x9e3779b1)));
}

function formatId(head: number): string {
  const [a, b, c] = [mix(head ^ 0x5bd1e995), mix(head ^ 0x1b873593), mix(head ^ 0x2545f491)];
  const version = 0x4000 | (a & 0xfff);
  const variant = 0x8000 | (b & 0x3fff);
  return `${hex(head >>> 16)}${hex(head)}-${hex(a >>> 16)}-${hex(version)}-${hex(variant)}-${hex(b >>> 16)}${hex(c >>> 16)}${hex(c)}`;
}

// Looked up, because a page of a thousand accounts needs eight thousand of them.
const HEX_OF_16_BITS = Array.from({ length: 65_536 }, (_, value) => value.toString(16).padStart(4, "0"));

function hex(value: number): string {
  return HEX_OF_16_BITS[value & 0xffff] ?? "";
}
