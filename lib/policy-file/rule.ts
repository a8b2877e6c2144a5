/** Checks of a policy's rules that only show across keys and rules. */

import type * as v from "valibot";
import { type Finding, finding, type Path } from "./finding.ts";
import { ruleSchema } from "./grammar.ts";
import { findUnknownDirectory, listAt, type Part, repeatedParts, valueAt, wellFormedParts } from "./part.ts";

type Match = v.InferOutput<typeof ruleSchema>["match"];

/** The rules that can never bind anybody, name what is not there, share a name, or leave out a reason. */
export function checkRules(list: readonly unknown[], known: ReadonlySet<unknown>): Finding[] {
  const names = list.map((rule, index): Part<unknown> => [index, valueAt(rule, "name")]);
  const matches = wellFormedParts(ruleSchema, list).map(
    ([index, { match }]): Part<string> => [index, comparableMatch(match)],
  );
  return [
    ...list.flatMap((rule, index) => checkRule(rule, ["rules", index], known)),
    ...repeatedParts(names, (name) => name).map(([index, first]) =>
      finding(["rules", index, "name"], `rules[${first}] has the same name`),
    ),
    ...checkUnreachable(list),
    ...repeatedParts(matches, (match) => match).map(([index, first]) =>
      finding(["rules", index, "match"], `repeats the match of rules[${first}], so it never binds anybody`),
    ),
  ];
}

function checkRule(rule: unknown, path: Path, known: ReadonlySet<unknown>): Finding[] {
  const reasonless = valueAt(rule, "require") === "none" && valueAt(rule, "reason") === undefined;
  return [
    ...(reasonless ? [finding([...path, "reason"], "is missing; `require: none` needs one")] : []),
    ...checkScopes(valueAt(rule, "match"), [...path, "match"], known),
  ];
}

function checkScopes(match: unknown, path: Path, known: ReadonlySet<unknown>): Finding[] {
  const keys = scopedIds(match).filter((key) => key.length > 0);
  const unknown = keys.flatMap((key) =>
    key.flatMap(([id, place]) => findUnknownDirectory(id, [...path, ...place], known)),
  );
  const [first, ...rest] = keys.map((key) => new Set(key.map(([id]) => String(id).split("/", 1)[0])));
  const disjoint = first !== undefined && [...first].every((directory) => rest.some((other) => !other.has(directory)));
  if (!disjoint) return unknown;
  return [
    ...unknown,
    finding(path, "never binds anybody: its keys are about different directories, and all must match"),
  ];
}

/** For each key with ids of directories: the ids, with their places below the match. */
const scopedIds = (match: unknown): [id: unknown, place: Path][][] => [
  listAt(match, "directories").map((id, index) => [id, ["directories", index]]),
  listAt(match, "accounts").map((account, index) => [valueAt(account, "id"), ["accounts", index, "id"]]),
  listAt(match, "groups").map((id, index) => [id, ["groups", index]]),
  listAt(match, "populations").map((id, index) => [id, ["populations", index]]),
];

function checkUnreachable(rules: readonly unknown[]): Finding[] {
  const all = rules.findIndex((rule) => valueAt(rule, "match") === "all");
  if (all === -1) return [];
  const says = `never binds anybody: rules[${all}] before it matches all`;
  return rules.slice(all + 1).map((_, position) => finding(["rules", all + 1 + position, "match"], says));
}

/** The same for matches that differ in order only. */
const comparableMatch = (match: Match): string =>
  match === "all"
    ? match
    : JSON.stringify([
        match.directories?.toSorted(),
        match.accounts?.map(({ id }) => id).toSorted(),
        match.groups?.toSorted(),
        match.populations?.toSorted(),
        match.usernames?.map((glob) => glob.normalize("NFC").toLowerCase()).toSorted(),
      ]);
