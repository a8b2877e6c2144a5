/** An org's policies with their rules, as far as this folder needs them. https://developer.okta.com/docs/api/openapi/okta-management/management/tag/Policy */

import * as v from "valibot";
import { ifPresent, nonEmptyText, textOrEmpty } from "../fields.ts";
import type { OktaApi } from "./api.ts";
import { oktaId } from "./settings.ts";

const POLICIES_PATH = "/api/v1/policies";
const RULES_PATH = "/api/v1/policies/{id}/rules";

/** What cannot be read must not pass for a condition that is not there. */
const texts = ifPresent(v.array(v.string()));
const ids = ifPresent(v.object({ include: texts, exclude: texts }));
const people = ifPresent(v.object({ groups: ids, users: ids }));

/** One authenticator, or one factor of an org on Classic Engine. */
const enrollment = v.object({
  key: textOrEmpty,
  enroll: v.object({ self: nonEmptyText, gracePeriod: ifPresent(v.unknown()) }),
});
export type Enrollment = v.InferOutput<typeof enrollment>;

export const policy = v.object({
  id: oktaId,
  status: nonEmptyText,
  priority: ifPresent(v.number()),
  system: ifPresent(v.boolean()),
  conditions: ifPresent(v.object({ people })),
  settings: ifPresent(
    v.object({
      authenticators: ifPresent(v.array(enrollment)),
      factors: ifPresent(v.record(v.string(), v.object({ enroll: enrollment.entries.enroll }))),
    }),
  ),
});
export type Policy = v.InferOutput<typeof policy>;

export const rule = v.object({
  status: nonEmptyText,
  priority: ifPresent(v.number()),
  conditions: ifPresent(
    v.object({
      people,
      network: ifPresent(v.object({ connection: ifPresent(v.string()) })),
      app: ifPresent(v.object({ include: ifPresent(v.array(v.unknown())), exclude: ifPresent(v.array(v.unknown())) })),
    }),
  ),
  actions: ifPresent(
    v.object({
      enroll: ifPresent(v.object({ self: ifPresent(v.string()) })),
      signon: ifPresent(v.object({ access: ifPresent(v.string()), requireFactor: ifPresent(v.boolean()) })),
      appSignOn: ifPresent(
        v.object({
          access: ifPresent(v.string()),
          verificationMethod: ifPresent(v.object({ type: ifPresent(v.string()), factorMode: ifPresent(v.string()) })),
        }),
      ),
    }),
  ),
});
export type Rule = v.InferOutput<typeof rule>;

/** Those that are on, in the order in which Okta asks them: the first that a person matches decides. */
export async function readPolicies(
  api: OktaApi,
  type: "MFA_ENROLL" | "OKTA_SIGN_ON" | "ACCESS_POLICY",
  signal: AbortSignal,
): Promise<Policy[]> {
  const found: Policy[] = [];
  for await (const page of api.pages({ path: POLICIES_PATH, query: { type }, schema: v.array(policy), signal }))
    found.push(...page);
  return inOrder(found);
}

export async function readRules(api: OktaApi, { id }: Policy, signal: AbortSignal): Promise<Rule[]> {
  const found: Rule[] = [];
  for await (const page of api.pages({ path: RULES_PATH, id, schema: v.array(rule), signal })) found.push(...page);
  return inOrder(found);
}

/** One in a state that this version does not know is taken for one that is on. */
const inOrder = <T extends { readonly status: string; readonly priority?: number | undefined }>(found: T[]): T[] =>
  found
    .filter(({ status }) => status !== "INACTIVE")
    .toSorted((one, other) => (one.priority ?? Number.MAX_SAFE_INTEGER) - (other.priority ?? Number.MAX_SAFE_INTEGER));
