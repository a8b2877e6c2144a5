/** The small parts of an OSCAL document: ids, marked-up text, properties. */

import { createHash } from "node:crypto";
import { shorten } from "./text.ts";

/** Chosen once at random: all our ids are derived from it. */
const UUID_NAMESPACE = Buffer.from("0b2f6f1e5d9a4c1f8a7e3c64d2195b07", "hex");

/** The same for the same name: a version 5 UUID (RFC 9562). */
export function stableUuid(name: string): string {
  const bytes = createHash("sha1").update(UUID_NAMESPACE).update(name).digest().subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x50, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  return bytes.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

/** OSCAL's descriptions are Markdown, which may hold HTML: what would be markup is escaped. One line. */
export const escapeMarkdown = (text: string): string => shorten(text, 2_000).replace(/[\\`*_[\]<>&#!|~$]/g, "\\$&");

/** OSCAL knows no empty lists: `undefined` for one, which JSON leaves out. */
export const unlessEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length === 0 ? undefined : list);

/** A property of our own; its value is no markup. */
export const property = (name: string, value: string) => ({
  name,
  ns: "urn:mfa-warden:oscal",
  value: shorten(value, 1_000),
});
