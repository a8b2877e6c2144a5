/** Has the configuration evaluated in a process of its own, and looks things up in what came of it. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import * as v from "valibot";
import type { Graph, Inputs, Made } from "./cloud.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const EVALUATE = join(ROOT, "test/infra/evaluate.ts");
const run = promisify(execFile);

const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder that is gone when the tests have ended. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "warden-infra-"));
  folders.push(folder);
  return folder;
}

/** @param policy text of the policy file  @param queues what stands before a queue's name in its address */
export async function evaluate(stage: string, policy: string, queues: readonly string[] = []): Promise<Graph> {
  const folder = makeFolder();
  const file = join(folder, "policy.yaml");
  writeFileSync(file, policy);
  await start([stage, folder, ...queues], file);
  return JSON.parse(readFileSync(join(folder, "graph.json"), "utf8"));
}

const start = (args: readonly string[], policy: string) =>
  run(process.execPath, [EVALUATE, ...args], { cwd: ROOT, env: { ...process.env, MFA_WARDEN_POLICY: policy } });

/** What a person reads when the configuration cannot be evaluated. */
export async function complaintOf(stage: string, policy: string): Promise<string> {
  const failed = await start([stage, makeFolder()], policy).then(
    () => undefined,
    (error: unknown) => v.parse(v.object({ stderr: v.string() }), error).stderr,
  );
  assert.ok(failed !== undefined, "it was deployed all the same");
  return failed.trim();
}

/** All resources of a type, like `sqs/queue:Queue`. */
export const all = ({ made }: Graph, type: string): Made[] => made.filter((one) => one.type === `aws:${type}`);

export function only(graph: Graph, type: string, name: string): Made {
  const found = all(graph, type).filter((one) => one.name === name);
  assert.equal(found.length, 1, `there is not one ${type} ${name}`);
  return found[0] as Made;
}

export const functionsOf = (graph: Graph): Made[] => all(graph, "lambda/function:Function");

/** `sweep` for `functions/sweep.handler`. */
export const partOf = ({ inputs }: Made): string => String(inputs.handler).replace(/^functions\/|\.handler$/g, "");

export function functionOf(graph: Graph, part: string): Made {
  const found = functionsOf(graph).find((one) => partOf(one) === part);
  assert.ok(found, `there is no function ${part}`);
  return found;
}

const strings = v.array(v.string());
const variables = v.object({ variables: v.record(v.string(), v.string()) });

export const environmentOf = (one: Made): Readonly<Record<string, string>> =>
  v.parse(variables, one.inputs.environment).variables;

const policies = v.array(v.object({ policy: v.pipe(v.string(), v.parseJson()) }));
const leadingKeys = v.strictObject({
  test: v.literal("ForAllValues:StringLike"),
  variable: v.literal("dynamodb:LeadingKeys"),
  values: strings,
});
/** As whom mail may be sent. */
const sender = v.strictObject({
  test: v.literal("StringEquals"),
  variable: v.literal("ses:FromAddress"),
  values: strings,
});
const document = v.object({
  Statement: v.array(
    v.object({
      effect: v.optional(v.string()),
      actions: strings,
      resources: strings,
      conditions: v.optional(v.array(v.variant("variable", [leadingKeys, sender]))),
    }),
  ),
});

export interface Grant {
  readonly action: string;
  readonly resource: string;
  /** Partitions of a table: of a grant patterns, and all partitions where it has none. Of mail: the senders' addresses. */
  readonly keys?: readonly string[];
}

/** What the policies that are written into a role allow. */
export const grantsOf = (role: Made): Grant[] =>
  v.parse(policies, role.inputs.inlinePolicies).flatMap(({ policy }) =>
    v.parse(document, policy).Statement.flatMap(({ effect = "Allow", actions, resources, conditions }) => {
      assert.equal(effect, "Allow");
      const keys = conditions && { keys: conditions.flatMap(({ values }) => values) };
      return actions.flatMap((action) => resources.map((resource) => ({ action, resource, ...keys })));
    }),
  );

const trust = v.strictObject({
  Sid: v.optional(v.string()),
  Effect: v.literal("Allow"),
  Principal: v.strictObject({ Service: v.string() }),
  Action: v.literal("sts:AssumeRole"),
});
const trustPolicy = v.looseObject({ Statement: v.array(v.unknown()) });

/** Who may take on a role: services by name, and word for word whatever else a statement says. */
export const trustOf = ({ inputs: { assumeRolePolicy: stated } }: Made): string[] =>
  v.parse(trustPolicy, typeof stated === "string" ? JSON.parse(stated) : stated).Statement.map((statement) => {
    const read = v.safeParse(trust, statement);
    return `sts:AssumeRole by ${read.success ? read.output.Principal.Service : JSON.stringify(statement)}`;
  });

export function roleOf(graph: Graph, one: Made): Made {
  const role = all(graph, "iam/role:Role").find(({ outputs }) => outputs.arn === one.inputs.role);
  assert.ok(role, `${one.name} has no role of its own`);
  return role;
}

/** JSON as AWS wants it, in a field of a resource. */
export const json = (inputs: Inputs, field: string): unknown => JSON.parse(v.parse(v.string(), inputs[field]));

/** Says in our own words what an ARN names. */
export function wordsFor(graph: Graph): (arn: string) => string {
  const named = graph.made
    .filter(({ type, outputs }) => type.startsWith("aws:") && typeof outputs.arn === "string")
    .map((one) => [String(one.outputs.arn), one.inputs.handler === undefined ? one.name : partOf(one)] as const)
    .toSorted(([a], [b]) => b.length - a.length);
  return (arn) => {
    const found = named.find(([known]) => arn === known || arn.startsWith(`${known}/`) || arn.startsWith(`${known}:`));
    return found ? arn.replace(found[0], found[1]) : arn.replace(/^arn:aws:([\w-]+):[\w-]*:\d*:/, "$1 ");
  };
}
