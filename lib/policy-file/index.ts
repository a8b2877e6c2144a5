/** Reads a policy file: YAML in, the compiled policy out, or every error with its line and column. */

import type { Code } from "../errors.ts";
import type { Policy } from "../policy/index.ts";
import { checkPolicy } from "./check.ts";
import { compilePolicy } from "./compile.ts";
import type { Finding } from "./finding.ts";
import type { Vendors } from "./grammar.ts";
import { listAt, valueAt } from "./part.ts";
import { checkExceptions, exceptionsSchema, namesExceptions } from "./people.ts";
import { findInvalidFields } from "./shape.ts";
import { type Lines, readYaml, type YamlSource } from "./yaml.ts";

export { policySchema, type Vendors } from "./grammar.ts";
export { ruleLines } from "./rule-lines.ts";

const MAX_ERRORS = 200;
const SYNTAX: Code = "ERR_POLICY_SYNTAX";
const INVALID: Code = "ERR_POLICY_INVALID";

/** Line and column count from 1. `message` is safe to print and never holds a secret. */
export interface PolicyError {
  readonly file?: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
  readonly code: Code;
}

/** Reads a file beside the policy by its name; `undefined`: it cannot be read. */
export type ReadBeside = (name: string) => string | undefined;

/**
 * Never throws, whatever the text. Errors are sorted by place, at most 200, those of the policy first; `file` is repeated in each. Where
 * the text is not YAML as policy files use it, only that is reported.
 */
export function parsePolicy(
  text: string,
  vendors: Vendors,
  file?: string,
  readBeside?: ReadBeside,
): { readonly policy: Policy } | { readonly errors: readonly PolicyError[] } {
  const where = file === undefined ? {} : { file };
  try {
    const { source, lines } = readYaml(text);
    const beside = readExceptions(source.value, readBeside);
    const unread = beside.problem
      ? [{ ...placeOf(lines, source.offsetOf(EXCEPTIONS, "value")), ...beside.problem }]
      : [];
    const errors = sortErrors([...errorsOf(source, lines, vendors), ...unread]);
    if (errors.length === 0 && beside.errors.length === 0)
      return { policy: compilePolicy(source.value, vendors, beside.value) };
    return { errors: [...errors.map((error) => ({ ...where, ...error })), ...beside.errors].slice(0, MAX_ERRORS) };
  } catch {
    // The YAML parser recurses where its own bookkeeping does not show it.
    return { errors: [{ ...where, line: 1, column: 1, message: "This cannot be read as YAML.", code: SYNTAX }] };
  }
}

const EXCEPTIONS = ["people", "exceptions"] as const;

interface ReadExceptions {
  readonly value?: unknown;
  /** Of the file of exceptions itself. */
  readonly errors: readonly PolicyError[];
  /** Of the place that names it. */
  readonly problem?: Pick<PolicyError, "message" | "code">;
}

/** What the file of exceptions says that the policy names; nothing where it names none. */
function readExceptions(written: unknown, readBeside: ReadBeside | undefined): ReadExceptions {
  const name = valueAt(valueAt(written, "people"), "exceptions");
  if (!namesExceptions(name)) return { errors: [] };
  const text = readBeside?.(name);
  if (text === undefined)
    return { errors: [], problem: { message: `people.exceptions: ${UNREADABLE}`, code: INVALID } };
  const { source, lines } = readYaml(text);
  const known = new Set(listAt(written, "directories").map((directory) => valueAt(directory, "id")));
  const check = (value: unknown) => [...findInvalidFields(exceptionsSchema, value), ...checkExceptions(value, known)];
  const errors = [...syntaxErrors(source, lines), ...valueErrors(source, lines, check)];
  return { value: source.value, errors: sortErrors(errors).map((error) => ({ file: name, ...error })) };
}

const UNREADABLE = "there is no such file beside the policy file, or it cannot be read";

/** What is wrong with the text as YAML; and, as far as the value could be read, with the policy in it. */
const errorsOf = (source: YamlSource, lines: Lines, vendors: Vendors): PolicyError[] => [
  ...syntaxErrors(source, lines),
  ...valueErrors(source, lines, (value) => checkPolicy(value, vendors)),
];

const sortErrors = (errors: readonly PolicyError[]): PolicyError[] =>
  errors.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, MAX_ERRORS);

const syntaxErrors = ({ problems }: YamlSource, lines: Lines): PolicyError[] =>
  problems
    .slice(0, MAX_ERRORS)
    .map(({ offset, message }) => ({ ...placeOf(lines, offset), message: `${message}.`, code: SYNTAX }));

function valueErrors(
  { problems, value, offsetOf }: YamlSource,
  lines: Lines,
  check: (value: unknown) => readonly Finding[],
): PolicyError[] {
  if (problems.some(({ readable }) => !readable)) return [];
  return check(value)
    .slice(0, MAX_ERRORS)
    .map(({ path, at, message, code }) => ({ ...placeOf(lines, offsetOf(path, at)), message, code }));
}

function placeOf(lines: Lines, offset: number): Pick<PolicyError, "line" | "column"> {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}
