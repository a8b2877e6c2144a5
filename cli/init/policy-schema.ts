/** Writes policy.schema.json, by which editors check and complete a policy file: `node cli/init/policy-schema.ts`. */

import { writeFile } from "node:fs/promises";
import { toJsonSchema } from "@valibot/to-json-schema";
import { vendors } from "../../lib/directories/index.ts";
import { policySchema, type Vendors } from "../../lib/policy-file/index.ts";

/** What the grammar can say in JSON Schema; checks across keys are left out, so a file it accepts may still be refused. */
export const policyJsonSchema = (settings: Vendors): object =>
  toJsonSchema(policySchema(settings), { typeMode: "input", target: "draft-07", errorMode: "ignore" });

/** The whole text of the file, for every vendor of the registry. */
export function schemaText(): string {
  const settings = Object.fromEntries(Object.entries(vendors).map(([vendor, { settings }]) => [vendor, settings]));
  return `${JSON.stringify(policyJsonSchema(settings), null, 2)}\n`;
}

if (import.meta.main) await writeFile(new URL("../../policy.schema.json", import.meta.url), schemaText());
