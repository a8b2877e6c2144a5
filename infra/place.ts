/** Where a stage is deployed: what the policy says, and not what happens to stand in the environment of whoever deploys. */
import { WardenError } from "../lib/errors.ts";
import { omitUndefined } from "../lib/model/index.ts";
import type { Policy } from "../lib/policy/index.ts";
import { loadPolicy } from "./load.ts";

/** A region and an account of AWS. */
export interface Place {
  readonly region?: string;
  readonly account?: string;
}

interface ProviderArgs {
  readonly region?: string;
  readonly allowedAccountIds?: string[];
  readonly defaultTags?: { readonly tags: Record<string, string> };
}

/** Binds SST's AWS provider, and tags what it makes. Nothing for a policy that cannot be read: `deploy` then says why, and makes nothing. */
export function providerArgs(policyFile: string): ProviderArgs {
  const { region, account, tags } = deploymentIn(policyFile);
  return omitUndefined({
    region,
    allowedAccountIds: account === undefined ? undefined : [account],
    defaultTags: tags && { tags: { ...tags } },
  });
}

function deploymentIn(policyFile: string): NonNullable<Policy["deploy"]> {
  try {
    return loadPolicy(policyFile).deploy ?? {};
  } catch (error) {
    if (error instanceof WardenError) return {};
    throw error;
  }
}

/** Throws `ERR_INPUT_INVALID` unless this is the place that the policy wants; production must want one. */
export function checkPlace(wanted: Place, here: Required<Place>, isProduction: boolean): void {
  if (isProduction && !(wanted.region && wanted.account))
    throw new WardenError(
      "ERR_INPUT_INVALID",
      "production needs deploy.region and deploy.account in the policy: without them a forgotten AWS_REGION makes a second production, with an empty ledger. Nothing was deployed; add the region and account where production is, or is to be.",
    );
  for (const key of ["region", "account"] as const)
    if (wanted[key] !== undefined && wanted[key] !== here[key])
      throw new WardenError(
        "ERR_INPUT_INVALID",
        `The policy wants deploy.${key} in ${wanted[key]}, and this would be ${here[key]}. Nothing was deployed; use the credentials and the policy file of the stage that you mean, and start sst in the folder of sst.config.ts.`,
      );
}
