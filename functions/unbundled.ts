/** Packages that no function's bundle holds. */

/** Of AWS's SDK: ways to find credentials that only people's machines have. Lambda gives its own in the environment, which comes first. */
export const UNBUNDLED = ["ini", "process", "sso", "web-identity"].map((way) => `@aws-sdk/credential-provider-${way}`);
