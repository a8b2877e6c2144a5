/** The evidence: a bucket that nobody can delete from, and the key that signs what is in it. */

import { named } from "./name.ts";
import { wanted } from "./policy.ts";
import { isProduction } from "./stage.ts";

const production = isProduction($app.stage);

/** Nobody, whatever else they may do; what AWS's own lifecycle does is not held up by this. */
const nobody = (actions: string[]) => ({ effect: "deny" as const, principals: "*" as const, actions });

export const evidence = new sst.aws.Bucket("Evidence", {
  versioning: true,
  cors: false,
  enforceHttps: true,
  policy: [nobody(["s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"])],
  transform: {
    // In compliance mode not even the account's owner can remove a file before its time: not for a stage that is to go away.
    bucket: (args) => {
      args.objectLockEnabled = production;
      args.forceDestroy = !production;
    },
  },
});

new aws.s3.BucketServerSideEncryptionConfiguration("EvidenceEncryption", {
  bucket: evidence.name,
  rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
});

if (production)
  new aws.s3.BucketObjectLockConfiguration("EvidenceLock", {
    bucket: evidence.name,
    rule: { defaultRetention: { mode: "COMPLIANCE", days: wanted.evidenceDays } },
  });

/** Colder and cheaper with age, yet read at once when somebody asks. Nothing ever expires by itself but broken uploads. */
new aws.s3.BucketLifecycleConfiguration("EvidenceLifecycle", {
  bucket: evidence.name,
  rules: [
    {
      id: "colder",
      status: "Enabled",
      filter: {},
      transitions: [
        { days: 30, storageClass: "STANDARD_IA" },
        { days: 90, storageClass: "GLACIER_IR" },
      ],
      abortIncompleteMultipartUpload: { daysAfterInitiation: 7 },
    },
  ],
});

/** Signs manifests and seals; AWS keeps the private half. Without its public half no old signature could be checked. */
export const signingKey = new aws.kms.Key(
  "SigningKey",
  {
    description: named("signs evidence"),
    customerMasterKeySpec: "ECC_NIST_P256",
    keyUsage: "SIGN_VERIFY",
    deletionWindowInDays: 30,
  },
  { retainOnDelete: production },
);
new aws.kms.Alias("SigningKeyAlias", { name: `alias/${named("evidence")}`, targetKeyId: signingKey.keyId });

const files = (...folders: string[]) => folders.map((folder) => $interpolate`${evidence.arn}/${folder}/*`);

/** Who may not list gets the same answer for a missing file as for a forbidden one. */
export const readEvidence = (...folders: string[]) => [
  { actions: ["s3:GetObject"], resources: files(...folders) },
  { actions: ["s3:ListBucket"], resources: [evidence.arn] },
];
export const writeEvidence = (...folders: string[]) => [{ actions: ["s3:PutObject"], resources: files(...folders) }];
/** They are large: written part by part, and given up whole. */
export const writeReports = [{ actions: ["s3:PutObject", "s3:AbortMultipartUpload"], resources: files("reports") }];
export const signEvidence = [{ actions: ["kms:Sign", "kms:GetPublicKey"], resources: [signingKey.arn] }];
