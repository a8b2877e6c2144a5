/** One hash over many stored files, so that a signature over it covers each of them: the Merkle tree of RFC 9162, section 2.1.1. */
import { hash } from "node:crypto";
import type { StoredFile } from "./page-file.ts";

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

const digest = (...parts: readonly Uint8Array[]) => hash("sha256", Buffer.concat(parts), "buffer");

/** Leaf and node begin with different bytes, so that no node can pass for a file. */
const leafOf = ({ key, sha256, count }: StoredFile) => digest(LEAF, Buffer.from(JSON.stringify([key, sha256, count])));

/** SHA-256 in hex. The order of the files is part of it; of no file at all it is the SHA-256 of nothing. */
export const merkleRoot = (files: readonly StoredFile[]): string => treeOf(files.map(leafOf)).toString("hex");

function treeOf(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return digest();
  if (leaves.length === 1) return only;
  // The left half is the largest full tree that is smaller than the whole.
  const left = 2 ** Math.floor(Math.log2(leaves.length - 1));
  return digest(NODE, treeOf(leaves.slice(0, left)), treeOf(leaves.slice(left)));
}
