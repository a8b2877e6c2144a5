/** Where the rules of a policy file stand, for whoever points at them. */

import { listAt, valueAt } from "./part.ts";
import { readYaml } from "./yaml.ts";

/** Line of each rule by its name, from 1; empty for a text that cannot be read. */
export function ruleLines(text: string): ReadonlyMap<string, number> {
  try {
    const { source, lines } = readYaml(text);
    const names = listAt(source.value, "rules").map((rule) => valueAt(rule, "name"));
    return new Map(
      names.flatMap((name, i) => {
        if (typeof name !== "string") return [];
        return [[name, lines.linePos(source.offsetOf(["rules", i], "value")).line] as const];
      }),
    );
  } catch {
    return new Map();
  }
}
