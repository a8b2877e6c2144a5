/** What all functions have in common. */
import { commitIn } from "../functions/commit.ts";
import { UNBUNDLED } from "../functions/unbundled.ts";
import manifest from "../package.json" with { type: "json" };
import { policyFiles, policyPath, wanted } from "./policy.ts";
import { prefix } from "./secrets.ts";

/** What CloudWatch offers, in days, by SST's names. */
const RETENTIONS = [
  ["1 day", 1],
  ["3 days", 3],
  ["5 days", 5],
  ["1 week", 7],
  ["2 weeks", 14],
  ["1 month", 30],
  ["2 months", 60],
  ["3 months", 90],
  ["4 months", 120],
  ["5 months", 150],
  ["6 months", 180],
  ["1 year", 365],
  ["13 months", 400],
  ["18 months", 545],
  ["2 years", 731],
  ["3 years", 1096],
  ["5 years", 1827],
  ["6 years", 2192],
  ["7 years", 2557],
  ["8 years", 2922],
  ["9 years", 3288],
  ["10 years", 3653],
] as const;

/** The shortest time that CloudWatch offers and that is not shorter than what the policy asks for. */
export const logRetention = RETENTIONS.find(([, days]) => days >= wanted.logDays)?.[0] ?? "10 years";

/** Bundled whole, readable in a stack trace by the map that SST keeps beside the code. */
export const common = {
  runtime: "nodejs24.x",
  architecture: "arm64",
  logging: { format: "json", retention: logRetention },
  nodejs: { esbuild: { external: UNBUNDLED } },
} as const;

/** For functions that need the policy. */
export const judging = {
  ...common,
  copyFiles: policyFiles,
} as const;

/** For functions that call vendors: where the policy names a network, from there, so that vendors see its address alone. */
export const callingVendors = {
  ...judging,
  ...(wanted.vpc && {
    vpc: { privateSubnets: [...wanted.vpc.subnets], securityGroups: [...wanted.vpc.securityGroups] },
  }),
} as const;

const commit = commitIn($cli.paths.root);

/** Names, never secrets. */
export const environment = {
  MFA_WARDEN_STAGE: $app.stage,
  /** Stands in evidence and reports. */
  MFA_WARDEN_CODE: [$app.name, manifest.version, commit].filter(Boolean).join(" "),
  MFA_WARDEN_POLICY: policyPath,
  MFA_WARDEN_SECRETS: prefix,
};

/** Lambda alone takes on the role of a function. SST 4.17.1 lets the whole account do so, as its development mode needs. */
$transform(sst.aws.Function, (args) => {
  const assumeRolePolicy = aws.iam.assumeRolePolicyForPrincipal({ Service: "lambda.amazonaws.com" });
  args.transform = { ...args.transform, role: { assumeRolePolicy } };
});

const boundary = wanted.permissionsBoundary;
/** Roles that SST makes, too. */
if (boundary !== undefined)
  $transform(aws.iam.Role, (args) => {
    args.permissionsBoundary = boundary;
  });
