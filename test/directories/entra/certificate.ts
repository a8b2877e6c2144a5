/** A key with a certificate that it has signed itself (RFC 5280), made anew for each test. */

import { generateKeyPairSync, sign } from "node:crypto";

export interface Pair {
  /** Both as PEM text. */
  readonly privateKey: string;
  readonly certificate: string;
}

/** DER: a tag, a length, and what is in it. */
function der(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 0x80) return Buffer.concat([Buffer.from([tag, content.length]), content]);
  return Buffer.concat([Buffer.from([tag, 0x82, content.length >> 8, content.length & 0xff]), content]);
}

const sequence = (...parts: readonly Buffer[]) => der(0x30, ...parts);
const time = (text: string) => der(0x17, Buffer.from(text));
const hex = (text: string) => Buffer.from(text, "hex");

const SHA256_WITH_RSA = sequence(der(0x06, hex("2a864886f70d01010b")), der(0x05));
const NAME = sequence(der(0x31, sequence(der(0x06, hex("550403")), der(0x0c, Buffer.from("mfa-warden")))));

export function makeCertificate(): Pair {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const content = sequence(
    der(0xa0, der(0x02, hex("02"))),
    der(0x02, hex("01")),
    SHA256_WITH_RSA,
    NAME,
    sequence(time("260101000000Z"), time("361231235959Z")),
    NAME,
    publicKey.export({ type: "spki", format: "der" }),
  );
  const signature = sign("sha256", content, privateKey);
  const whole = sequence(content, SHA256_WITH_RSA, der(0x03, hex("00"), signature));
  const lines = whole.toString("base64").match(/.{1,64}/g) ?? [];
  return {
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    certificate: `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`,
  };
}

/** A key of another kind, which Entra does not take. */
export const ellipticKey = (): string =>
  generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
