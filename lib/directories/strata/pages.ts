/** Listings by offset, from a server that may not keep to the limit it was asked for. */

import type * as v from "valibot";
import type { Api, Ask } from "./api.ts";

const LIMIT = 200;

/** What all lists share. */
export interface List<T = unknown> {
  readonly data: readonly T[];
  readonly limit?: number | undefined;
  readonly total?: number | undefined;
}

/** One page; `next` is where the next one begins. */
export interface Sheet<L extends List> {
  readonly list: L;
  readonly next?: number;
  readonly date?: string;
}

export async function onePage<S extends v.GenericSchema<unknown, List>>(
  api: Api,
  ask: Ask<S>,
  offset: number,
): Promise<Sheet<v.InferOutput<S>>> {
  const query = { ...ask.query, limit: String(LIMIT), offset: String(offset) };
  const { body, date } = await api.call({ ...ask, query });
  const next = nextAfter(api, ask, body, offset);
  return { list: body, ...(next === undefined ? {} : { next }), ...(date === undefined ? {} : { date }) };
}

/** The total counts where there is one: a server that gives fewer rows than it was asked for may have more. */
function nextAfter(api: Api, { path }: Ask<v.GenericSchema>, list: List, offset: number): number | undefined {
  const { data, limit = LIMIT, total } = list;
  const end = offset + data.length;
  if (total === undefined) return data.length > 0 && data.length >= limit ? end : undefined;
  if (end >= total) return undefined;
  if (data.length > 0) return end;
  const about = { method: "GET", path };
  throw api.vendorError(
    "ERR_READ_SHORT",
    about,
    "listed less than it says there is; it proves nothing, so try again later",
  );
}

/** Throws `ERR_READ_LOOP` when a page comes again in place of the next. */
export async function* everyPage<S extends v.GenericSchema<unknown, List>>(
  api: Api,
  ask: Ask<S>,
): AsyncGenerator<v.InferOutput<S>> {
  let before = "";
  for (let offset: number | undefined = 0; offset !== undefined; ) {
    const sheet: Sheet<v.InferOutput<S>> = await onePage(api, ask, offset);
    const first = JSON.stringify(sheet.list.data[0]);
    if (first !== undefined && first === before) throw loop(api, ask.path);
    before = first ?? "";
    yield sheet.list;
    offset = sheet.next;
  }
}

export const loop = (api: Api, path: string) =>
  api.vendorError("ERR_READ_LOOP", { method: "GET", path }, "gave the same page twice; try again later");
