/** What a run that is well says by the way: notes, not errors. */

import type { Problem } from "../../lib/model/index.ts";

/** Codes that leave a run complete. */
const NOTE_CODES = [
  "ERR_READ_TOTAL",
  "ERR_READ_COVERAGE",
  "ERR_RULE_NAME",
  "ERR_EXEMPTION_ENDS",
  "ERR_BREAK_GLASS",
  "ERR_PLAN_CAUTION",
  "ERR_PLAN_FROZEN",
  "ERR_PLAN_RECENT",
  "ERR_LIMIT_EXEMPTIONS",
];

export const isNote = ({ code }: Pick<Problem, "code">): boolean => NOTE_CODES.includes(code);

/** `NOTE_READ_TOTAL`; docs/errors.md explains it under that name. */
export const noteCode = ({ code }: Pick<Problem, "code">): string => code.replace(/^ERR_/, "NOTE_");
