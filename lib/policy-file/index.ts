/** Reads a policy file: YAML in, the compiled policy out, or every error with its line and column. */

import type { Code } from "../errors.ts";
import type { Policy } from "../policy/index.ts";
import { checkPolicy } from "./check.ts";
import { compilePolicy } from "./compile.ts";
import type { Vendors } from "./grammar.ts";
import { type Lines, readYaml, type YamlSource } from "./yaml.ts";

export { policySchema, type Vendors } from "./grammar.ts";

const MAX_ERRORS = 200;
const SYNTAX: Code = "ERR_POLICY_SYNTAX";

/** Line and column count from 1. `message` is safe to print and never holds a secret. */
export interface PolicyError {
  readonly file?: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly code: Code;
}

/**
 * Never throws, whatever the text. Errors are sorted by place, at most 200; `file` is repeated in each. Where the text is
 * not YAML as policy files use it, only that is reported.
 */
export function parsePolicy(
  text: string,
  vendors: Vendors,
  file?: string,
): { readonly policy: Policy } | { readonly errors: readonly PolicyError[] } {
  const where = file === undefined ? {} : { file };
  try {
    const { source, lines } = readYaml(text);
    const errors = errorsOf(source, lines, vendors);
    if (errors.length === 0) return { policy: compilePolicy(source.value, vendors) };
    return { errors: errors.map((error) => ({ ...where, ...error })) };
  } catch {
    // The YAML parser recurses where its own bookkeeping does not show it.
    return { errors: [{ ...where, line: 1, column: 1, message: "This cannot be read as YAML.", code: SYNTAX }] };
  }
}

/** What is wrong with the text as YAML; and, as far as the value could be read, with the policy in it. */
function errorsOf(source: YamlSource, lines: Lines, vendors: Vendors): PolicyError[] {
  const errors = [...syntaxErrors(source, lines), ...policyErrors(source, lines, vendors)];
  return errors.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, MAX_ERRORS);
}

const syntaxErrors = ({ problems }: YamlSource, lines: Lines): PolicyError[] =>
  problems
    .slice(0, MAX_ERRORS)
    .map(({ offset, message }) => ({ ...placeOf(lines, offset), message: `${message}.`, code: SYNTAX }));

function policyErrors({ problems, value, offsetOf }: YamlSource, lines: Lines, vendors: Vendors): PolicyError[] {
  if (problems.some(({ readable }) => !readable)) return [];
  return checkPolicy(value, vendors)
    .slice(0, MAX_ERRORS)
    .map(({ path, at, message, code }) => ({ ...placeOf(lines, offsetOf(path, at)), message, code }));
}

function placeOf(lines: Lines, offset: number): Pick<PolicyError, "line" | "column"> {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
