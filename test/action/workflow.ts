/** Runs the `run` steps of a workflow, or of a composite action, as GitHub's runner would: with bash, and the contexts filled in. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import * as v from "valibot";
import { parse } from "yaml";
import { CHILD_ENVIRONMENT } from "../processes.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

const stepSchema = v.object({
  name: v.optional(v.string()),
  id: v.optional(v.string()),
  uses: v.optional(v.string()),
  run: v.optional(v.string()),
  env: v.optional(v.record(v.string(), v.string()), {}),
});
export type Step = v.InferOutput<typeof stepSchema>;

const jobSchema = v.object({ steps: v.array(stepSchema), env: v.optional(v.record(v.string(), v.string()), {}) });
const workflowSchema = v.object({
  jobs: v.record(v.string(), jobSchema),
  permissions: v.record(v.string(), v.string()),
});
const actionSchema = v.object({ runs: v.object({ using: v.literal("composite"), steps: v.array(stepSchema) }) });

const readYaml = (file: string): unknown => parse(readFileSync(join(ROOT, file), "utf8"));
export const readWorkflow = (file: string) => v.parse(workflowSchema, readYaml(file));
export const readAction = (file: string) => v.parse(actionSchema, readYaml(file)).runs.steps;

const jobsSchema = v.object({
  nightly: v.object({ script: v.array(v.string()) }),
  policy: v.object({ script: v.array(v.string()) }),
});

/** The scripts of GitLab's two jobs. */
export function readJobs(file: string): { readonly nightly: readonly string[]; readonly policy: readonly string[] } {
  const { nightly, policy } = v.parse(jobsSchema, readYaml(file));
  return { nightly: nightly.script, policy: policy.script };
}

export interface Runner {
  /** The repository as it was checked out. */
  readonly folder: string;
  /** Stands before the system's programs. */
  readonly bin: string;
  /** By the text between `${{` and `}}`. */
  readonly contexts: Readonly<Record<string, string>>;
}

export interface StepEnd {
  readonly code: number;
  readonly output: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** Runs one step to its end. An expression that nobody filled in is an error. */
export async function runStep(step: Step, env: Readonly<Record<string, string>>, runner: Runner): Promise<StepEnd> {
  const fill = (value: string) =>
    value.replace(/\$\{\{\s*(.*?)\s*\}\}/g, (_, name: string) => {
      const filled = runner.contexts[name];
      if (filled === undefined) throw new Error(`nobody filled in ${name}`);
      return filled;
    });
  const filled = Object.fromEntries(
    Object.entries({ ...env, ...step.env }).map(([name, value]) => [name, fill(value)]),
  );
  const output = join(runner.folder, "..", "outputs");
  writeFileSync(output, "");
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", fill(step.run ?? "")], {
    cwd: runner.folder,
    env: {
      ...CHILD_ENVIRONMENT,
      PATH: `${runner.bin}:${CHILD_ENVIRONMENT.PATH}`,
      RUNNER_TEMP: join(runner.folder, "..", "temp"),
      GITHUB_OUTPUT: output,
      GITHUB_STEP_SUMMARY: join(runner.folder, "..", "summary"),
      ...filled,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  const lines = readFileSync(output, "utf8").split("\n").filter(Boolean);
  return {
    code: typeof code === "number" ? code : -1,
    output: stdout + stderr,
    outputs: Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    ),
  };
}
