/** A bucket with the evidence in it, where reports are kept beside it: large files as streams, and links to them. */
import { Readable } from "node:stream";
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { WardenError } from "../errors.ts";
import { s3Evidence } from "../evidence/page-file.ts";
import type { Evidence } from "../model/index.ts";

export interface Bucket extends Evidence {
  /** Writes a file of any size as it comes: there is none until `body` has ended well. Holds about 10 MB of it. */
  stream(key: string, body: AsyncIterable<Uint8Array>, type: string): Promise<void>;
  /** Where anybody can read the file for so many seconds, and no longer than our own credentials last. */
  link(key: string, seconds: number): Promise<string>;
}

/** Clients are loaded with their first use. Throws `ERR_EVIDENCE_UNAVAILABLE`. @param place as `s3Evidence` takes it */
export function s3Bucket(config: S3ClientConfig, bucket: string, place: string): Bucket {
  let client: S3Client | undefined;
  const connect = async () => {
    const sdk = await import("@aws-sdk/client-s3");
    client ??= new sdk.S3Client(config);
    return { sdk, client };
  };
  return {
    ...s3Evidence(config, bucket, place),
    async stream(key, body, type) {
      const [{ client }, { Upload }] = await Promise.all([connect(), import("@aws-sdk/lib-storage")]);
      const params = { Bucket: bucket, Key: key, Body: Readable.from(body, { objectMode: false }), ContentType: type };
      await new Upload({ client, params, queueSize: 1 }).done().catch(unwritten(key));
    },
    async link(key, seconds) {
      const [{ sdk, client }, presigner] = await Promise.all([connect(), import("@aws-sdk/s3-request-presigner")]);
      const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: key });
      return presigner.getSignedUrl(client, command, { expiresIn: seconds }).catch(unwritten(key));
    },
  };
}

/** What the reader of the evidence found wrong says more than that the file it was to become could not be written. */
const unwritten = (key: string) => (error: unknown) => {
  if (error instanceof WardenError) throw error;
  const name = error instanceof Error ? error.name : "unknown error";
  throw new WardenError(
    "ERR_EVIDENCE_UNAVAILABLE",
    `The report ${key} could not be written (${name}); check the bucket and try again.`,
  );
};
