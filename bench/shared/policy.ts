/** The policies of the benchmark: one PingOne directory, and one rule for everybody unless told otherwise. */
import { vendors } from "../../lib/directories/index.ts";
import type { Policy } from "../../lib/policy/index.ts";
import { parsePolicy } from "../../lib/policy-file/index.ts";
import type { SimulatedTenant } from "./simulator.ts";

export const DIRECTORY = "workforce";

export const RULES = `rules:
  - name: everyone
    match: all
    require: enabled
`;

/** A tenant for policies over which nothing is called. */
export const UNREACHABLE_TENANT: PolicyTenant = {
  environment: "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6",
  endpoints: { api: "http://127.0.0.1:9", auth: "http://127.0.0.1:9" },
};

type PolicyTenant = Pick<SimulatedTenant, "environment" | "endpoints">;

/** @param rules the part of the policy behind its directories */
export const policyText = ({ environment, endpoints }: PolicyTenant, rules = RULES): string => `version: 1
directories:
  - id: ${DIRECTORY}
    vendor: pingone
    environment: ${environment}
    region: com
    mode: enforce
    endpoints: { api: "${endpoints.api}", auth: "${endpoints.auth}" }
${rules}`;

/** Throws, with all that is wrong, if the text is no policy. */
export function compilePolicy(text: string): Policy {
  const settings = Object.fromEntries(Object.entries(vendors).map(([name, vendor]) => [name, vendor.settings]));
  const parsed = parsePolicy(text, settings);
  if ("policy" in parsed) return parsed.policy;
  throw new Error(parsed.errors.map(({ line, column, message }) => `${line}:${column} ${message}`).join("\n"));
}
