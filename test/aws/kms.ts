/** KMS's signing protocol for tests: it signs digests, which Node's own crypto does not, so the curve is worked out here. */
import { generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";

/** NIST P-256. https://nvlpubs.nist.gov/nistpubs/SpecialPublications/NIST.SP.800-186.pdf (section 3.2.1.3) */
const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn;
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const G: Point = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
};

interface Point {
  readonly x: bigint;
  readonly y: bigint;
}

const mod = (a: bigint, m: bigint): bigint => ((a % m) + m) % m;

function inverse(a: bigint, m: bigint): bigint {
  let [r, s, x, y] = [m, mod(a, m), 0n, 1n];
  while (s > 0n) {
    const q = r / s;
    [r, s] = [s, r - q * s];
    [x, y] = [y, x - q * y];
  }
  return mod(x, m);
}

function add(a: Point | undefined, b: Point): Point | undefined {
  if (!a) return b;
  if (a.x === b.x && a.y !== b.y) return undefined;
  const slope = a.x === b.x ? (3n * a.x * a.x - 3n) * inverse(2n * a.y, P) : (b.y - a.y) * inverse(b.x - a.x, P);
  const x = mod(slope * slope - a.x - b.x, P);
  return { x, y: mod(slope * (a.x - x) - a.y, P) };
}

function times(k: bigint): Point {
  let sum: Point | undefined;
  let power: Point = G;
  for (let rest = k; rest > 0n; rest >>= 1n) {
    if (rest & 1n) sum = add(sum, power);
    power = add(power, power) ?? power;
  }
  return sum ?? G;
}

const read = (bytes: Buffer): bigint => BigInt(`0x${bytes.toString("hex")}`);

function der(n: bigint): Buffer {
  const hex = n.toString(16);
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
  const whole = (bytes[0] ?? 0) < 0x80 ? bytes : Buffer.concat([Buffer.from([0]), bytes]);
  return Buffer.concat([Buffer.from([2, whole.length]), whole]);
}

function signDigest(secret: KeyObject, digest: Buffer): Buffer {
  const d = read(Buffer.from(secret.export({ format: "jwk" }).d ?? "", "base64url"));
  const k = mod(read(randomBytes(32)), N - 1n) + 1n;
  const r = mod(times(k).x, N);
  const body = Buffer.concat([der(r), der(mod(inverse(k, N) * (read(digest) + r * d), N))]);
  return Buffer.concat([Buffer.from([0x30, body.length]), body]);
}

/** Answers what `GetPublicKey` and `Sign` ask of a key of its own. @param operation as the header `x-amz-target` names it */
export function openKms(): (operation: string, asked: { readonly Message?: string }) => object {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return (operation, { Message = "" }) =>
    operation.endsWith("GetPublicKey")
      ? { PublicKey: publicKey.export({ type: "spki", format: "der" }).toString("base64"), KeyUsage: "SIGN_VERIFY" }
      : { Signature: signDigest(privateKey, Buffer.from(Message, "base64")).toString("base64") };
}
