/** A deployment on loopback whose functions can be called, each as it was zipped, with its own environment and role. */
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { unzipSync } from "fflate";
import { runNode, WITHOUT_COMPILE_CACHE } from "../processes.ts";
import { directoryYaml, EVERYONE, type World } from "../world.ts";
import type { AccessCall } from "./access.ts";
import type { Built, Graph, Made } from "./cloud.ts";
import { environmentOf, evaluate, functionOf, makeFolder, wordsFor } from "./graph.ts";
import type { Order, Reply, Zipped } from "./invoke.ts";
import { type Cloud, startCloud } from "./local.ts";

const INVOKE = fileURLToPath(new URL("./invoke.ts", import.meta.url));

export interface Deployment {
  readonly cloud: Cloud;
  readonly graph: Graph;
  /** With the deployment's ledger. */
  readonly world: World;
  /** All that functions asked AWS for so far. */
  readonly calls: readonly AccessCall[];
  /** MiB by function. */
  readonly peaks: ReadonlyMap<string, number>;
  /** Calls a function once. Fails when any function's role is refused anything. */
  invoke(part: string, event: object): Promise<Called>;
  /** Opens a link to a file, which AWS answers with the role of the function that signed it. */
  openLink(link: string): Promise<string>;
  close(): Promise<void>;
}

export interface Called {
  readonly answer: unknown;
  readonly failed: boolean;
  readonly log: string;
  /** What each function asked AWS for meanwhile: actions, sorted. */
  readonly asked: Readonly<Record<string, readonly string[]>>;
}

/**
 * @param deploy the policy's part on its deployment
 * @param others its further directories, each an item of its list
 */
export async function deployLocally(stage: string, deploy: string, others = ""): Promise<Deployment> {
  const cloud = await startCloud();
  const directories = `version: 1\ndirectories:${directoryYaml(cloud.world.vendor)}\n${others}`;
  const graph = await evaluate(stage, directories + EVERYONE + deploy, [cloud.queues]);
  const world = await cloud.furnish(graph);
  const calls: AccessCall[] = [];
  /** Fails when a role was refused anything. */
  const takeCalls = (log: string) => {
    const made = cloud.takeCalls();
    assertAllowed(made, graph, log);
    calls.push(...made);
    return made;
  };
  const peaks = new Map<string, number>();
  return {
    cloud,
    graph,
    world,
    calls,
    peaks,
    async invoke(part, event) {
      const { log, reply } = await callOnce(cloud, orderOf({ cloud, graph }, part, event), part);
      if (reply) peaks.set(part, reply.peakMiB);
      const asked = actionsByCaller(takeCalls(log));
      return { answer: reply?.answer, failed: reply === undefined, log, asked };
    },
    async openLink(link) {
      const text = await (await fetch(link)).text();
      takeCalls(link);
      return text;
    },
    close: () => cloud.close(),
  };
}

export const builtOf = (graph: Graph, one: Made): Built => {
  const found = graph.built.find(({ handler }) => handler === one.inputs.handler);
  assert.ok(found, `${one.name} was not bundled`);
  return found;
};

function unzip(graph: Graph, one: Made): Zipped {
  const { id, folder: source, file } = builtOf(graph, one);
  const folder = makeFolder();
  const files = unzipSync(readFileSync(join(dirname(source), id, "code.zip")));
  for (const [name, bytes] of Object.entries(files)) {
    if (name.endsWith("/")) continue;
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes);
  }
  return { folder, file, environment: environmentOf(one) };
}

function orderOf({ cloud, graph }: Pick<Deployment, "cloud" | "graph">, part: string, event: object): Order {
  const one = functionOf(graph, part);
  const order: Order = {
    event,
    called: unzip(graph, one),
    durable: one.inputs.durableConfig !== undefined,
    arn: String(one.outputs.arn),
  };
  if (part !== "run") return order;
  const sweep = functionOf(graph, "sweep");
  return {
    ...order,
    callee: {
      ...unzip(graph, sweep),
      arn: String(sweep.outputs.qualifiedArn),
      credentials: cloud.credentialsOf("sweep"),
    },
  };
}

/** In a process of its own that has nothing but what Lambda would give it. */
async function callOnce(cloud: Cloud, order: Order, part: string): Promise<{ log: string; reply?: Reply }> {
  const { code, stdout, stderr } = await runNode([INVOKE], {
    env: { ...cloud.environmentOf(part), ...WITHOUT_COMPILE_CACHE },
    input: JSON.stringify(order),
  });
  const lines = stdout.trimEnd().split("\n");
  const reply = code === 0 ? { reply: JSON.parse(lines.pop() ?? "null") } : {};
  // Node quotes the line that threw, which is the whole bundle here.
  return { ...reply, log: [...lines, ...stderr.split("\n")].filter((line) => line.length < 10_000).join("\n") };
}

function assertAllowed(calls: readonly AccessCall[], graph: Graph, log: string): void {
  const words = wordsFor(graph);
  const refused = calls.filter(({ allowed }) => !allowed);
  const sentences = refused.map(({ caller, action, resource }) => `${caller} may not ${action} ${words(resource)}`);
  assert.deepEqual([...new Set(sentences)], [], log);
}

const actionsByCaller = (calls: readonly AccessCall[]): Called["asked"] =>
  Object.fromEntries(
    [...Map.groupBy(calls, ({ caller }) => caller)].map(([caller, made]) => [
      caller,
      [...new Set(made.map(({ action }) => action))].toSorted(),
    ]),
  );
