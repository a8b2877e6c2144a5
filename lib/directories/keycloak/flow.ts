/** Which second factors a bound authentication flow asks for, read from its executions. Pure, and never more than is certain. */

import { type Fact, knownFact, unknownFact } from "../../model/index.ts";
import { describeExecution, type Execution, treeOf } from "./flow-tree.ts";

/** A type of credential that can be a second factor. */
export type SecondFactor = "otp" | "webauthn" | "webauthn-passwordless";

/** The authenticators that ask for a second factor; recovery codes alone are none. */
const FACTORS: ReadonlyMap<string, readonly SecondFactor[]> = new Map([
  ["auth-otp-form", ["otp"]],
  ["direct-grant-validate-otp", ["otp"]],
  ["webauthn-authenticator", ["webauthn"]],
  ["webauthn-authenticator-passwordless", ["webauthn-passwordless"]],
  ["auth-recovery-authn-code-form", []],
] satisfies [string, SecondFactor[]][]);

/** Nobody signs in here by these with less than a second factor: a session that is there, another provider, or a passkey. */
const NEUTRAL = new Set([
  "auth-cookie",
  "identity-provider-redirector",
  "organization",
  "deny-access-authenticator",
  "webauthn-authenticator-passwordless",
]);

/** Authenticators that are known to ask for no second factor. */
const FIRST_FACTORS = new Set([
  "allow-access-authenticator",
  "auth-password-form",
  "auth-spnego",
  "auth-username-form",
  "auth-username-password-form",
  "auth-x509-client-username-form",
  "direct-grant-auth-x509-username",
  "direct-grant-validate-password",
  "direct-grant-validate-username",
  "http-basic-authenticator",
  "user-session-limits",
]);

/** What part of a flow makes of everybody who passes it. */
type Passing =
  /** Whoever has one of these registered is asked for it. None: nobody is asked. */
  | { readonly asks: readonly SecondFactor[] }
  /** It is no way to sign in with less than a second factor. */
  | "neutral"
  | { readonly unclear: string };

const NOBODY: Passing = { asks: [] };

/** The second factors that everybody who has one is asked for; unknown where the flow asks nobody, or nobody can tell. */
export function acceptedFactors(executions: readonly Execution[], flow: string): Fact<ReadonlySet<SecondFactor>> {
  const passing = passLevel(treeOf(executions));
  if (passing === "neutral" || ("asks" in passing && passing.asks.length === 0))
    return unknownFact(`the flow "${flow}" of the realm asks nobody for a second factor, so none protects anybody`);
  if ("asks" in passing) return knownFact(new Set(passing.asks));
  return unknownFact(`whether the flow "${flow}" asks for a second factor cannot be told: ${passing.unclear}`);
}

/** Where something is required, alternatives beside it are not run. */
function passLevel(nodes: readonly Execution[]): Passing {
  const enabled = nodes.filter(({ requirement }) => requirement !== "DISABLED");
  const required = enabled.filter(({ requirement }) => requirement === "REQUIRED" || requirement === "CONDITIONAL");
  if (required.length > 0) return passAll(required.map(passNode));
  if (enabled.some(({ requirement }) => requirement !== "ALTERNATIVE"))
    return { unclear: "it has a requirement that this version does not know" };
  return enabled.every(isFactor) ? { asks: enabled.flatMap(factorsOf) } : passAny(enabled.map(passNode));
}

/** One after the other: what one of them asks for, nothing beside it takes back. */
function passAll(passings: readonly Passing[]): Passing {
  const asks = passings.flatMap((passing) => (passing !== "neutral" && "asks" in passing ? passing.asks : []));
  if (asks.length > 0) return { asks };
  return passings.find(isUnclear) ?? (passings.every((passing) => passing === "neutral") ? "neutral" : NOBODY);
}

/** One of them is enough, so only what all of them ask for is certain. */
function passAny(passings: readonly Passing[]): Passing {
  const unclear = passings.find(isUnclear);
  if (unclear) return unclear;
  const signIns = passings.flatMap((passing) => (passing !== "neutral" && "asks" in passing ? [passing.asks] : []));
  const [first, ...others] = signIns;
  return first ? { asks: first.filter((factor) => others.every((asks) => asks.includes(factor))) } : "neutral";
}

const isUnclear = (passing: Passing): passing is { readonly unclear: string } =>
  passing !== "neutral" && "unclear" in passing;

function passNode(node: Execution): Passing {
  const { providerId, children, requirement } = node;
  if (requirement === "CONDITIONAL") return passConditional(node);
  if (children) return passLevel(children);
  if (NEUTRAL.has(providerId) && requirement === "ALTERNATIVE") return "neutral";
  const factors = FACTORS.get(providerId);
  if (factors) return { asks: factors };
  if (NEUTRAL.has(providerId) || FIRST_FACTORS.has(providerId)) return NOBODY;
  return { unclear: `this version does not know ${describeExecution(node)}` };
}

/** Without a condition it is never run. */
function passConditional({ children = [] }: Execution): Passing {
  const enabled = children.filter(({ requirement }) => requirement !== "DISABLED");
  const conditions = enabled.filter(({ providerId }) => providerId.startsWith("conditional-"));
  const steps = enabled.filter((node) => !conditions.includes(node));
  if (conditions.length === 0) return NOBODY;
  const unknown = conditions.find((condition) => !isHarmless(condition));
  if (unknown) return { unclear: `it depends on ${describeExecution(unknown)}` };
  const isByUser = conditions.some(({ providerId }) => providerId === "conditional-user-configured");
  const required = steps.filter(({ requirement, children }) => requirement === "REQUIRED" && !children);
  // It holds only for who has everything registered that is required.
  if (isByUser && (required.length > 1 || !required.every(isFactor)))
    return { unclear: "a part of it is run only for who has several things registered" };
  const isMixed = steps.some(({ children }) => children) && steps.some(({ children }) => !children);
  if (isByUser && isMixed) return { unclear: "a part of it mixes steps with flows inside" };
  return passLevel(steps);
}

/** A condition that holds for everybody who has signed in with a password and has a second factor registered. */
function isHarmless({ providerId, config }: Execution): boolean {
  if (providerId === "conditional-user-configured") return true;
  if (providerId !== "conditional-credential" || config === undefined) return false;
  const { credentials = "", included = "false" } = config;
  return (
    included !== "true" && credentials.split("##").every((type) => type === "" || type === "webauthn-passwordless")
  );
}

/** Whether nobody passes it without a second factor that is registered. */
const isFactor = ({ providerId, children, requirement }: Execution): boolean =>
  children ? requirement !== "CONDITIONAL" && children.every(isFactorOrDisabled) : FACTORS.has(providerId);

const isFactorOrDisabled = (node: Execution): boolean => node.requirement === "DISABLED" || isFactor(node);

function factorsOf(node: Execution): readonly SecondFactor[] {
  const passing = node.children ? passLevel(node.children) : { asks: FACTORS.get(node.providerId) ?? [] };
  return passing !== "neutral" && "asks" in passing ? passing.asks : [];
}
