/** One sweep in a process that does nothing else, with the clients that the product uses; prints its peak memory. */
import * as v from "valibot";
import { s3Evidence } from "../../lib/aws/bucket.ts";
import { createTable, documentClient } from "../../lib/ledger/index.ts";
import { readVendor } from "../simulator.ts";
import { portsFor, sweepOnce, TABLE } from "./ports.ts";

const [said = "", endpoint = "", accounts = ""] = process.argv.slice(2);
const vendor = readVendor(v.parse(v.pipe(v.string(), v.parseJson()), said));
const aws = { endpoint, region: "us-east-1", credentials: { accessKeyId: "bench", secretAccessKey: "bench" } };
const client = documentClient(aws);
await createTable(client, TABLE, AbortSignal.timeout(10_000));
const evidence = s3Evidence({ ...aws, forcePathStyle: true }, "evidence", "memory");
const ports = portsFor(vendor, client, evidence);

const started = performance.now();
await sweepOnce(ports, Number(accounts));
const seconds = (performance.now() - started) / 1000;
client.destroy();
// KiB on every system that Node runs on.
console.log(JSON.stringify({ seconds, peakBytes: process.resourceUsage().maxRSS * 1024 }));
