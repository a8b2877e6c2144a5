/** The executions of an authentication flow, as Keycloak lists them and as the tree that they are. */

import * as v from "valibot";
import { textOrEmpty } from "../fields.ts";

/** One row of `GET …/flows/{alias}/executions`, which lists a flow from top to bottom. */
export const executionRow = v.object({
  requirement: v.string(),
  displayName: textOrEmpty,
  providerId: textOrEmpty,
  authenticationFlow: v.optional(v.boolean(), false),
  authenticationConfig: v.optional(v.string()),
  level: v.pipe(v.number(), v.integer(), v.minValue(0)),
});
type ExecutionRow = v.InferOutput<typeof executionRow>;

/** A step of a flow, or a flow inside it. */
export interface Execution extends ExecutionRow {
  /** Of the authenticator, where it was read. */
  readonly config?: Readonly<Record<string, string>>;
  /** Absent: it is a step. */
  readonly children?: readonly Execution[];
}

/** The tree that rows with levels stand for. */
export function treeOf(rows: readonly Execution[], level = 0): Execution[] {
  const starts = rows.flatMap((row, index) => (row.level === level ? [index] : []));
  return starts.map((start, n) => {
    const row = rows[start] as Execution;
    const inside = rows.slice(start + 1, starts[n + 1]);
    return row.authenticationFlow ? { ...row, children: treeOf(inside, level + 1) } : row;
  });
}

/** From outside: nothing that could break a line. */
export const describeExecution = ({ providerId, displayName }: Execution): string =>
  `"${(providerId || displayName).replace(/[^\w .-]/g, "?").slice(0, 60)}"`;
