/** Secrets are made and filled by people, by the names that the policy gives: here is only who may read which. */

/** Stands before every name in Secrets Manager. */
export const prefix = `${$app.name}/${$app.stage}/`;

const { partition } = aws.getPartitionOutput();
const { region } = aws.getRegionOutput();
const { accountId } = aws.getCallerIdentityOutput();

/** Secrets Manager ends each ARN with a hyphen and six random characters. */
const arnOf = (name: string) =>
  $interpolate`arn:${partition}:secretsmanager:${region}:${accountId}:secret:${prefix}${name}-??????`;

/** These secrets alone; nothing for none. */
export const readSecrets = (names: readonly string[]) =>
  names.length === 0 ? [] : [{ actions: ["secretsmanager:GetSecretValue"], resources: [...new Set(names)].map(arnOf) }];
