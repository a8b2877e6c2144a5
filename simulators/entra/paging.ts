/** Pages of the simulated Graph's lists. https://learn.microsoft.com/graph/paging */

import type { Answer, Document } from "../shared/answers.ts";
import { findFault } from "../shared/faults.ts";
import { answerJson, answerProblem } from "./answers.ts";
import type { GraphCall } from "./call.ts";

export interface Listed<T> {
  rows: readonly T[];
  show: (row: T) => Document;
  /** Rows of a page where nothing is asked for. */
  usualSize: number;
  maxSize: number;
  /** The number of all rows, if it was asked for. */
  count?: number | undefined;
}

/** Answers with the page that a call asks for. */
export function answerPage<T>({ url, hits }: GraphCall, { rows, show, usualSize, maxSize, count }: Listed<T>): Answer {
  const top = Number(url.searchParams.get("$top") ?? usualSize);
  if (!Number.isInteger(top) || top < 1 || top > 999)
    return answerProblem(400, "Request_UnsupportedQuery", "Invalid page size specified.");
  const token = url.searchParams.get("$skiptoken");
  if (token !== null && findFault(hits, "expired-link")) {
    return answerProblem(400, "Directory_ExpiredPageToken", "The specified page token has expired.");
  }
  const size = Math.min(top, maxSize);
  const asked = token === null ? 0 : Number(Buffer.from(token, "base64url").toString());
  const start = findFault(hits, "lost-page") ? asked + size : asked;
  const shown = findFault(hits, "empty") ? [] : rows.slice(start, start + size);
  const next = start + size < rows.length && shown.length > 0 ? start + size : undefined;
  const repeated = findFault(hits, "same-cursor") && next !== undefined ? asked : next;
  return answerJson({
    "@odata.context": `${url.origin}/v1.0/$metadata#${url.pathname.split("/").at(-1)}`,
    ...(count === undefined ? {} : { "@odata.count": count }),
    ...(repeated === undefined ? {} : { "@odata.nextLink": nextLink(url, repeated) }),
    value: shown.map(show),
  });
}

function nextLink(url: URL, start: number): string {
  const next = new URL(url);
  next.searchParams.set("$skiptoken", Buffer.from(String(start)).toString("base64url"));
  return next.href;
}
