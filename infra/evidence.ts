/** The evidence: a bucket that nobody can delete from before its time, and the key that signs what is in it. */

import { encrypt, expire } from "./bucket.ts";
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

encrypt("Evidence", evidence);

if (production)
  new aws.s3.BucketObjectLockConfiguration("EvidenceLock", {
    bucket: evidence.name,
    rule: { defaultRetention: { mode: "COMPLIANCE", days: wanted.evidenceDays } },
  });

expire("Evidence", evidence, wanted.evidenceDays);

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

/** Outlives the key, since without it no old signature could be checked. That it is the right one, its fingerprint says. */
const { publicKeyPem } = aws.kms.getPublicKeyOutput({ keyId: signingKey.keyId });
new aws.s3.BucketObjectv2(
  "PublicKey",
  {
    bucket: evidence.name,
    key: $interpolate`keys/${signingKey.keyId}.pem`,
    content: publicKeyPem,
    contentType: "application/x-pem-file",
  },
  // Nobody may delete it: it goes with its bucket, or not at all.
  { retainOnDelete: true },
);

const files = (...folders: string[]) => folders.map((folder) => $interpolate`${evidence.arn}/${folder}/*`);

/** Who may not list gets the same answer for a missing file as for a forbidden one. */
export const readEvidence = (...folders: string[]) => [
  { actions: ["s3:GetObject"], resources: files(...folders) },
  { actions: ["s3:ListBucket"], resources: [evidence.arn] },
];
export const writeEvidence = (...folders: string[]) => [{ actions: ["s3:PutObject"], resources: files(...folders) }];
export const signEvidence = [{ actions: ["kms:Sign", "kms:GetPublicKey"], resources: [signingKey.arn] }];
