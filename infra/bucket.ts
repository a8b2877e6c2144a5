/** How files are kept in any of our buckets: encrypted, colder with age, and not for ever. */

const COLDER = [
  { days: 30, storageClass: "STANDARD_IA" },
  { days: 90, storageClass: "GLACIER_IR" },
] as const;
/** What was deleted or written over can be brought back for so long. */
const UNDO_DAYS = 30;

export const encrypt = (name: string, bucket: sst.aws.Bucket) =>
  new aws.s3.BucketServerSideEncryptionConfiguration(`${name}Encryption`, {
    bucket: bucket.name,
    rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
  });

/** Cheaper with age, yet read at once when somebody asks. A version that is locked stays until its lock ends. @param days until a file is gone */
export const expire = (name: string, bucket: sst.aws.Bucket, days: number) =>
  new aws.s3.BucketLifecycleConfiguration(`${name}Lifecycle`, {
    bucket: bucket.name,
    rules: [
      {
        id: "colder, then gone",
        status: "Enabled",
        filter: {},
        transitions: COLDER.filter((step) => step.days < days).map((step) => ({ ...step })),
        expiration: { days },
        noncurrentVersionExpiration: { noncurrentDays: UNDO_DAYS },
        abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
      },
      { id: "marks of what is gone", status: "Enabled", filter: {}, expiration: { expiredObjectDeleteMarker: true } },
    ],
  });
