/** An engine that keeps the results of steps in a file: another process goes on behind the last step that ended, as under AWS's engine. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Durable } from "../../lib/durable.ts";
import { plainEngine, toJson } from "./engine.ts";

/** @param path of the file, which need not be there yet */
export function journalEngine(path: string): Durable {
  const lines = existsSync(path) ? readFileSync(path, "utf8").trim().split("\n") : [];
  const results = new Map<string, string>(lines.map((line) => JSON.parse(line)));
  return plainEngine({
    async step(name, work) {
      const known = results.get(name);
      if (known !== undefined) return known;
      const result = await toJson(work);
      appendFileSync(path, `${JSON.stringify([name, result])}\n`);
      return result;
    },
    wait: () => {},
  });
}
