/** Where findings point in a repository: the policy file, and the lines of its rules. */

import { existsSync, readFileSync } from "node:fs";
import { basename, isAbsolute, relative, sep } from "node:path";
import { ruleLines } from "../../lib/policy-file/index.ts";
import type { PolicyLocation } from "../../lib/report/index.ts";

/** As it is named from the folder that the command stands in: in a pipeline that is the repository. @param file need not be there */
export function policyLocation(file: string): PolicyLocation {
  const path = relative(process.cwd(), file);
  const isOutside = path.startsWith("..") || isAbsolute(path);
  return {
    file: isOutside ? basename(file) : path.split(sep).join("/"),
    ruleLines: existsSync(file) ? ruleLines(readFileSync(file, "utf8")) : new Map(),
  };
}
