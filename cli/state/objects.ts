/** S3 objects as plain files under their own names, so that a person can open them: the store behind the embedded bucket. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import type { buildApp } from "fauxqs";

type Stores = NonNullable<NonNullable<Parameters<typeof buildApp>[0]>["stores"]>;
type ObjectStore = Stores["s3Store"];
type Persistence = NonNullable<ObjectStore["persistence"]>;
type StoredObject = Parameters<Persistence["upsertObject"]>[1];

/** What a file name says about its type; nothing else is kept beside the file. */
const TYPES: Readonly<Record<string, string>> = {
  ".csv": "text/csv",
  ".gz": "application/gzip",
  ".html": "text/html",
  ".json": "application/json",
  ".ndjson": "application/x-ndjson",
};

/** Files that are being written; no key begins with a dot that is not written as %2e. */
const PARTIAL = ".partial";

/**
 * Lets `store` keep the objects of `bucket` as files under `folder`, and brings back those that are there. fauxqs's own file
 * store adds a suffix and a second file to each, and does not start again after a kill in the middle of a write.
 */
export function keepObjects(store: ObjectStore, bucket: string, folder: string): void {
  const partial = join(folder, PARTIAL);
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true });
  store.createBucket(bucket);
  for (const path of filesUnder(folder)) store.restoreObject(bucket, describe(folder, path));
  store.persistence = persistence(bucket, folder);
}

function persistence(bucket: string, folder: string): Persistence {
  const pathOf = (name: string, key: string) => {
    if (name !== bucket) throw new Error(`there is no bucket but ${bucket} here`);
    return join(folder, ...encode(key));
  };
  let written = 0;
  const write = (name: string, { key, body }: StoredObject) => {
    const path = pathOf(name, key);
    const draft = join(folder, PARTIAL, `${written++}`);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(draft, body);
    // Whole or not at all, whenever the process is killed.
    renameSync(draft, path);
  };
  const nothing = () => {};
  return {
    upsertObject: write,
    readBody: (name, key) => readFileSync(pathOf(name, key)),
    deleteObject: (name, key) => rmSync(pathOf(name, key), { force: true }),
    completeMultipartUpload: (_upload, name, object) => write(name, object),
    insertBucket: (name) => void pathOf(name, "-"),
    deleteBucket: never,
    deleteObjectsByBucket: never,
    deleteAllObjects: never,
    renameObject: never,
    purgeAll: never,
    saveBucketLifecycleConfiguration: nothing,
    deleteBucketLifecycleConfiguration: nothing,
    insertMultipartUpload: nothing,
    upsertMultipartPart: nothing,
    deleteMultipartUpload: nothing,
    deleteAllMultipartUploads: nothing,
    loadS3: nothing,
    close: nothing,
  };
}

function never(): never {
  throw new Error("evidence is not deleted in bulk");
}

/** A key's parts as file names: whatever would leave the folder, hide in it or break a line is percent-encoded. */
const encode = (key: string): string[] =>
  key.split("/").map((part) => {
    if (part === "") throw new Error("a key with an empty part cannot be a file");
    return part.replace(/^\.|[%\\]|\p{Cc}/gu, (char) => (char === "." ? "%2e" : encodeURIComponent(char)));
  });

/** What begins with a dot is no object: a draft, or something the desktop put there. */
function* filesUnder(folder: string, above: readonly string[] = []): Generator<readonly string[]> {
  for (const entry of readdirSync(join(folder, ...above), { withFileTypes: true })) {
    if (entry.name.startsWith(".")) continue;
    const path = [...above, entry.name];
    if (entry.isDirectory()) yield* filesUnder(folder, path);
    if (entry.isFile()) yield path;
  }
}

function describe(folder: string, path: readonly string[]): StoredObject {
  const { size, mtime } = statSync(join(folder, ...path));
  const key = path.map(decode).join("/");
  const contentType = TYPES[extname(key)] ?? "application/octet-stream";
  const etag = `"${size.toString(16)}-${mtime.getTime().toString(16)}"`;
  return { key, body: Buffer.alloc(0), contentType, contentLength: size, etag, lastModified: mtime, metadata: {} };
}

/** A name that we did not write may hold any percent sign. */
function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
