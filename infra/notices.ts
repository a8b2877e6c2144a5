/** How people are told of coming changes: what the sweep may do for that, as the policy says. */
import { policy } from "./policy.ts";
import { readSecrets } from "./secrets.ts";

const { notices } = policy;
if (notices?.by === "folder")
  console.warn(
    "`notices` of the policy names a folder, which is for a laptop: nobody is told, and so nobody is changed.",
  );

const { partition } = aws.getPartitionOutput();
const { region } = aws.getRegionOutput();
const { accountId } = aws.getCallerIdentityOutput();

/** SES asks for the right to use the identity that it finds: the address itself, or its domain. Of both only this address may be used. */
const sendAs = (from: string) => ({
  actions: ["ses:SendEmail"],
  resources: [from, from.slice(from.indexOf("@") + 1)].map(
    (identity) => $interpolate`arn:${partition}:ses:${region}:${accountId}:identity/${identity}`,
  ),
  conditions: [{ test: "StringEquals", variable: "ses:FromAddress", values: [from] }],
});

function permissionsToTell() {
  if (notices?.by === "webhook") return readSecrets([notices.secret]);
  return notices?.by === "ses" ? [sendAs(notices.from)] : [];
}

/** The secret of the webhook, or the one address of the sender; nothing where the policy tells nobody. */
export const tellPeople = permissionsToTell();

/** And the secrets of the receivers, which the run tells of what happens: the sweep needs none of them. */
export const tellTeam = readSecrets(Object.values(policy.notify?.receivers ?? {}).map(({ secret }) => secret));
