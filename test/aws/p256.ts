/** Signs a digest as KMS does. Node only signs messages that it hashes by itself. For tests: slow, and careless with time. */
import { randomBytes } from "node:crypto";

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const G: Point = [
  0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
];
type Point = readonly [x: bigint, y: bigint];

const mod = (a: bigint, m: bigint) => ((a % m) + m) % m;

function invert(a: bigint, m: bigint): bigint {
  let [r, next, x, y] = [mod(a, m), m, 1n, 0n];
  while (r > 1n) {
    const q = r / next;
    [r, next, x, y] = [next, r % next, y, x - q * y];
  }
  return mod(x, m);
}

function add(a: Point | undefined, b: Point): Point {
  if (!a) return b;
  const same = a[0] === b[0];
  const slope = same ? (3n * a[0] ** 2n - 3n) * invert(2n * a[1], P) : (b[1] - a[1]) * invert(b[0] - a[0], P);
  const x = mod(slope ** 2n - a[0] - b[0], P);
  return [x, mod(slope * (a[0] - x) - a[1], P)];
}

function times(k: bigint): Point {
  let sum: Point | undefined;
  let power = G;
  for (let rest = k; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = add(sum, power);
    power = add(power, power);
  }
  return sum ?? G;
}

const numberOf = (bytes: Uint8Array) => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

/** Two integers in DER. https://www.rfc-editor.org/rfc/rfc3279#section-2.2.3 */
function encode(...numbers: readonly bigint[]): Buffer {
  const parts = numbers.map((number) => {
    const hex = number.toString(16);
    const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
    const positive = (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.from([0, ...bytes]);
    return Buffer.from([0x02, positive.length, ...positive]);
  });
  const body = Buffer.concat(parts);
  return Buffer.from([0x30, body.length, ...body]);
}

/** @param key the private number, 32 bytes  @param digest SHA-256 of the message */
export function signDigest(key: Uint8Array, digest: Uint8Array): Buffer {
  const k = mod(numberOf(randomBytes(32)), N - 1n) + 1n;
  const r = mod(times(k)[0], N);
  return encode(r, mod(invert(k, N) * (numberOf(digest) + r * numberOf(key)), N));
}
