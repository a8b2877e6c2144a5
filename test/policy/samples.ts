/** Policies and subjects that the policy tests share. */

import assert from "node:assert/strict";
import { vendors as registry } from "../../lib/directories/index.ts";
import { type Facts, knownFact, NOT_ASKED, type Subject } from "../../lib/model/index.ts";
import type { Policy } from "../../lib/policy/schema.ts";
import { type PolicyError, parsePolicy } from "../../lib/policy-file/index.ts";

export const vendors = Object.fromEntries(Object.entries(registry).map(([name, { settings }]) => [name, settings]));

const HEAD = `version: 1
directories:
  - id: workforce
    vendor: pingone
    environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6
    region: com
  - id: partners
    vendor: pingone
    environment: 5a1c0de0-1111-4222-8333-444455556666
    region: eu
`;

/** A policy of two directories with these rules, and whatever else. */
export const written = (rest: string): string => HEAD + rest;

export function policyOf(rest: string): Policy {
  const read = parsePolicy(written(rest), vendors);
  assert.ok("policy" in read, JSON.stringify(read));
  return read.policy;
}

export function errorsOf(text: string): readonly PolicyError[] {
  const read = parsePolicy(text, vendors);
  assert.ok("errors" in read, "the policy was accepted");
  return read.errors;
}

/** An active account with MFA on, of nobody's group, unless said otherwise. */
export const account = (facts: Partial<Facts> = {}, rest: Partial<Omit<Subject, "facts">> = {}): Subject => ({
  id: "u1",
  username: "jane@example.com",
  ...rest,
  facts: {
    active: knownFact(true),
    enabled: knownFact(true),
    devices: NOT_ASKED,
    population: knownFact("p1"),
    groups: NOT_ASKED,
    createdAt: knownFact("2026-01-01T00:00:00Z"),
    ...facts,
  },
});
