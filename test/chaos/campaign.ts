/**
 * Lets everything go wrong at once, in worlds drawn by chance, and compares afterwards what is with what must be.
 *
 *     npm run chaos -- --runs 200              # seeds 1 to 200
 *     npm run chaos -- --seed 17 --runs 1      # the same world, people, policy and faults as in the failed run of that seed
 *
 * Who wins a race between two processes is not drawn: a seed that failed may need several tries to fail again.
 */
import { parseArgs } from "node:util";
import { startFauxqs } from "fauxqs";
import { openDynamo } from "../loopback.ts";
import type { Services } from "./chaos-world.ts";
import { liveThrough } from "./life.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    runs: { type: "string", default: "20" },
    parallel: { type: "string", default: "4" },
  },
});
const [first, runs, parallel] = [values.seed, values.runs, values.parallel].map(Number) as [number, number, number];
const struck: Record<string, number> = {};
const failed: { readonly seed: number; readonly why: string }[] = [];

async function startServices(): Promise<Services & { close(): Promise<unknown> }> {
  const dynamo = await openDynamo();
  const bucket = await startFauxqs({ port: 0, logger: false, init: { buckets: ["evidence"] } });
  return {
    dynamodb: dynamo.address,
    s3: `http://127.0.0.1:${bucket.port}`,
    close: () => Promise.all([bucket.stop(), dynamo.close()]),
  };
}

async function live(services: Services, seed: number): Promise<void> {
  try {
    for (const [name, count] of Object.entries(await liveThrough(services, seed)))
      struck[name] = (struck[name] ?? 0) + count;
  } catch (error) {
    failed.push({ seed, why: error instanceof Error ? error.message : String(error) });
    process.stderr.write(`seed ${seed}: ${error instanceof Error ? error.stack : error}\n`);
  }
}

const startedAt = Date.now();
const services = await startServices();
const seeds = Array.from({ length: runs }, (_, index) => first + index).values();
const lane = async () => {
  for (const seed of seeds) await live(services, seed);
};
await Promise.all(Array.from({ length: parallel }, lane));
await services.close();

const lines = Object.entries(struck).toSorted(([one], [other]) => one.localeCompare(other));
for (const [name, count] of lines) process.stdout.write(`${String(count).padStart(8)}  ${name}\n`);
const seconds = Math.round((Date.now() - startedAt) / 1000);
process.stdout.write(`${runs} worlds in ${seconds} s, ${failed.length} of them failed\n`);
for (const { seed, why } of failed)
  process.stdout.write(`npm run chaos -- --seed ${seed} --runs 1\n  ${why.split("\n")[0]}\n`);
process.exit(failed.length === 0 ? 0 : 1);
