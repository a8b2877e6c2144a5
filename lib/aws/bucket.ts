/** A bucket with the evidence in it, where reports are kept beside it: large files as streams, and links to them. */
import { Readable } from "node:stream";
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { WardenError } from "../errors.ts";
import type { Bucket, Evidence } from "../model/index.ts";

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

/** The SDK's own message may hold a request or a body: only the error's name goes on. */
async function reach<T>(call: Promise<T>, key: string): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw unavailable(key, error instanceof Error ? error.name : "unknown error");
  }
}

const unavailable = (key: string, name: string) =>
  new WardenError(
    "ERR_EVIDENCE_UNAVAILABLE",
    `The evidence file ${key} could not be written or read (${name}); check the bucket and try again.`,
  );

/**
 * Evidence in an S3 bucket. The client is loaded with its first use, so that a handler starts without it.
 * @param place what a person is told: a bucket's address or a folder
 */
export function s3Evidence(config: S3ClientConfig, bucket: string, place: string): Evidence {
  let loading: Promise<typeof import("@aws-sdk/client-s3")> | undefined;
  let client: import("@aws-sdk/client-s3").S3Client | undefined;
  const connect = async () => {
    loading ??= import("@aws-sdk/client-s3");
    const sdk = await loading;
    client ??= new sdk.S3Client(config);
    return { sdk, client };
  };
  return {
    place,
    async put(key, bytes, type) {
      const { sdk, client } = await connect();
      await reach(
        client.send(new sdk.PutObjectCommand({ Bucket: bucket, Key: key, Body: bytes, ContentType: type })),
        key,
      );
    },
    async get(key) {
      const { sdk, client } = await connect();
      const answer = await reach(client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key })), key);
      if (answer.Body === undefined) throw unavailable(key, "empty answer");
      return reach(answer.Body.transformToByteArray(), key);
    },
  };
}
