/** How an answer of a simulator leaves, down to the socket, since some faults live there. */

import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Hits } from "../pingone/faults.ts";
import type { Answer } from "./answers.ts";

const dripPause = 250;

/** Sends an answer, or what a fault leaves of it; `now` (ms) is what the Date header says. */
export function sendAnswer(response: ServerResponse, answer: Answer, hits: Hits, now: number): void {
  if (hits.get("reset")) {
    response.socket?.resetAndDestroy();
    return;
  }
  const text = typeof answer.body === "string" ? answer.body : JSON.stringify(answer.body);
  response.sendDate = false;
  response.setHeader("date", new Date(now + (hits.get("skew")?.seconds ?? 0) * 1000).toUTCString());
  response.setHeader("content-type", answer.status < 400 ? "application/hal+json;charset=UTF-8" : "application/json");
  for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  response.statusCode = answer.status;
  sendBody(response, Buffer.from(text), hits);
}

function sendBody(response: ServerResponse, body: Buffer, hits: Hits): void {
  const half = body.subarray(0, Math.floor(body.length / 2));
  const oversize = hits.get("oversize");
  if (hits.get("drip")) drip(response, body);
  else if (hits.get("cut")) cut(response, half, body.length);
  else if (oversize) pad(response, body, oversize.bytes);
  else sendWhole(response, hits.get("truncate") ? half : body);
}

function sendWhole(response: ServerResponse, body: Buffer): void {
  response.setHeader("content-length", body.length);
  response.end(body);
}

function drip(response: ServerResponse, body: Buffer): void {
  response.write(body.subarray(0, 1));
  const timer = setInterval(() => response.write(" "), dripPause);
  response.on("close", () => clearInterval(timer));
}

function cut(response: ServerResponse, half: Buffer, length: number): void {
  response.setHeader("content-length", length);
  // After a pause, since a reset would overtake what is still on its way.
  response.write(half, () => setTimeout(() => response.socket?.resetAndDestroy(), 20));
}

// White space after a document keeps it valid JSON, however long it gets.
function pad(response: ServerResponse, body: Buffer, bytes: number): void {
  const chunk = Buffer.alloc(65_536, " ");
  function* parts(): Generator<Buffer> {
    yield body;
    for (let sent = 0; sent < bytes; sent += chunk.length) yield chunk;
  }
  pipeline(Readable.from(parts()), response).catch(() => response.destroy());
}
