/** A bucket with the evidence in it, where reports are kept beside it: large files as streams, and links to them. */
import { Readable } from "node:stream";
import type { S3Client, S3ClientConfig } from "@aws-sdk/client-s3";
import { WardenError } from "../errors.ts";
import type { Bucket, Evidence } from "../model/index.ts";
import { type AwsFailure, awsErrorName, callAws } from "./call.ts";
import { lazyClient } from "./client.ts";

type Connect = () => Promise<{ readonly sdk: typeof import("@aws-sdk/client-s3"); readonly client: S3Client }>;

/** Evidence in an S3 bucket. @param place what a person is told: a bucket's address or a folder */
export const s3Evidence = (config: S3ClientConfig, bucket: string, place: string): Evidence =>
  evidenceIn(s3Client(config), bucket, place);

/** Evidence, and reports beside it. @param place as `s3Evidence` takes it */
export function s3Bucket(config: S3ClientConfig, bucket: string, place: string): Bucket {
  const connect = s3Client(config);
  return {
    ...evidenceIn(connect, bucket, place),
    stream: (key, body, type) =>
      callAws(
        () => upload(connect, { Bucket: bucket, Key: key, Body: readableOf(body), ContentType: type }),
        ({ cause }) => unwrittenReport(key, cause),
      ),
    link: (key, seconds) =>
      callAws(
        async () => {
          const [{ sdk, client }, presigner] = await Promise.all([connect(), import("@aws-sdk/s3-request-presigner")]);
          const command = new sdk.GetObjectCommand({ Bucket: bucket, Key: key });
          return presigner.getSignedUrl(client, command, { expiresIn: seconds });
        },
        ({ cause }) => unwrittenReport(key, cause),
      ),
  };
}

const s3Client = (config: S3ClientConfig): Connect =>
  lazyClient(
    () => import("@aws-sdk/client-s3"),
    (sdk) => new sdk.S3Client(config),
  );

const readableOf = (body: AsyncIterable<Uint8Array>) => Readable.from(body, { objectMode: false });

function evidenceIn(connect: Connect, bucket: string, place: string): Evidence {
  return {
    place,
    put: (key, bytes, type, isNamedByContent = false) =>
      callAws(
        async () => {
          const { sdk, client } = await connect();
          const file = { Bucket: bucket, Key: key, Body: bytes, ContentType: type };
          const send = () =>
            client.send(new sdk.PutObjectCommand(isNamedByContent ? { ...file, IfNoneMatch: "*" } : file));
          await send().catch(afterError("ConditionalRequestConflict", send)).catch(afterError("PreconditionFailed"));
        },
        ({ cause }) => unavailable(key, cause),
      ),
    get: (key) =>
      callAws(
        async () => {
          const { sdk, client } = await connect();
          const answer = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
          if (answer.Body === undefined) throw unavailable(key, "empty answer");
          return answer.Body.transformToByteArray();
        },
        (failure) => unreadable(key, failure),
      ),
  };
}

/**
 * Goes on after this error alone. A conflict: somebody is writing the file just now; a failed precondition: it is there.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
const afterError =
  (name: string, next: () => Promise<unknown> = async () => undefined) =>
  (error: unknown): Promise<unknown> => {
    if (awsErrorName(error) === name) return next();
    throw error;
  };

interface StreamedFile {
  readonly Bucket: string;
  readonly Key: string;
  readonly Body: Readable;
  readonly ContentType: string;
}

/** Leaves no part of the file behind when it fails, and tells why it failed, whatever becomes of the clean-up. */
async function upload(connect: Connect, file: StreamedFile): Promise<void> {
  const [{ sdk, client }, { Upload }] = await Promise.all([connect(), import("@aws-sdk/lib-storage")]);
  const sending = new Upload({ client, params: file, queueSize: 1, leavePartsOnError: true });
  try {
    await sending.done();
  } catch (error) {
    const { uploadId: UploadId } = sending;
    const command = new sdk.AbortMultipartUploadCommand({ Bucket: file.Bucket, Key: file.Key, UploadId });
    if (UploadId !== undefined) await client.send(command).catch(() => undefined);
    throw error;
  }
}

const unwrittenReport = (key: string, cause: string) =>
  new WardenError(
    "ERR_EVIDENCE_UNAVAILABLE",
    `The report ${key} could not be written (${cause}); check the bucket and try again.`,
  );

const unreadable = (key: string, { name, cause }: AwsFailure) =>
  name === "NoSuchKey"
    ? new WardenError(
        "ERR_EVIDENCE_UNAVAILABLE",
        `The evidence file ${key} is missing from the bucket; find out who deleted it.`,
      )
    : unavailable(key, cause);

const unavailable = (key: string, cause: string) =>
  new WardenError(
    "ERR_EVIDENCE_UNAVAILABLE",
    `The evidence file ${key} could not be written or read (${cause}); check the bucket and try again.`,
  );
