/** How an answer of a simulator leaves, down to the socket, since some faults live there. */

import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Answer } from "./answers.ts";
import { type AnyFault, findFault, type WireFault } from "./faults.ts";

const DRIP_INTERVAL_MS = 250;
const CUT_DELAY_MS = 20;
const PAD_CHUNK_BYTES = 65_536;
const WIRE_KINDS = new Set(["reset", "cut", "drip", "truncate", "oversize", "skew"]);

const isWireFault = (fault: AnyFault | WireFault): fault is WireFault => WIRE_KINDS.has(fault.kind);

/** Sends an answer, or what a fault leaves of it; `now` (ms) is what the Date header says. */
export function sendAnswer(response: ServerResponse, answer: Answer, hits: readonly AnyFault[], now: number): void {
  const faults = hits.filter(isWireFault);
  if (findFault(faults, "reset")) {
    response.socket?.resetAndDestroy();
    return;
  }
  const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
  response.sendDate = false;
  const skewMs = (findFault(faults, "skew")?.seconds ?? 0) * 1000;
  if (!answer.isUndated) response.setHeader("date", new Date(now + skewMs).toUTCString());
  response.setHeader("content-type", answer.status < 400 ? "application/hal+json;charset=UTF-8" : "application/json");
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  response.statusCode = answer.status;
  sendBody(response, Buffer.from(text), faults);
}

function sendBody(response: ServerResponse, body: Buffer, faults: readonly WireFault[]): void {
  const half = body.subarray(0, Math.floor(body.length / 2));
  const oversize = findFault(faults, "oversize");
  if (findFault(faults, "drip")) drip(response, body);
  else if (findFault(faults, "cut")) cut(response, half, body.length);
  else if (oversize) pad(response, body, oversize.bytes);
  else sendWhole(response, findFault(faults, "truncate") ? half : body);
}

function sendWhole(response: ServerResponse, body: Buffer): void {
  response.setHeader("content-length", body.length);
  response.end(body);
}

function drip(response: ServerResponse, body: Buffer): void {
  response.write(body.subarray(0, 1));
  const timer = setInterval(() => response.write(" "), DRIP_INTERVAL_MS);
  response.on("close", () => clearInterval(timer));
}

function cut(response: ServerResponse, half: Buffer, length: number): void {
  response.setHeader("content-length", length);
  // After a pause, since a reset would overtake what is still on its way.
  response.write(half, () => setTimeout(() => response.socket?.resetAndDestroy(), CUT_DELAY_MS));
}

// White space after a document keeps it valid JSON, however long it gets.
function pad(response: ServerResponse, body: Buffer, bytes: number): void {
  const chunk = Buffer.alloc(PAD_CHUNK_BYTES, " ");
  function* parts(): Generator<Buffer> {
    yield body;
    for (let sent = 0; sent < bytes; sent += chunk.length) yield chunk;
  }
  pipeline(Readable.from(parts()), response).catch(() => response.destroy());
}
