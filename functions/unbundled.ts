/** Packages that no function's bundle holds. */

/** Of AWS's SDK: ways to find credentials that only people's machines have. Lambda gives its own in the environment, which comes first. */
const PEOPLES_CREDENTIALS = ["ini", "process", "sso", "web-identity"].map(
  (way) => `@aws-sdk/credential-provider-${way}`,
);

/** Of AWS's SDK: tells which browser it runs in, which it asks in browsers alone, and only then loads it. */
const BROWSER_NAMES = "bowser";

export const UNBUNDLED = [...PEOPLES_CREDENTIALS, BROWSER_NAMES];
