/** Listings by offset, from a server that may not keep to the limit it was asked for. */

import type * as v from "valibot";
import type { WardenError } from "../../errors.ts";
import { paginate } from "../../http/index.ts";
import { omitUndefined } from "../../model/index.ts";
import type { StrataApi, StrataRequest } from "./api.ts";
import type { OffsetList } from "./schema.ts";

const PAGE_LIMIT = 200;

/** One page of a listing. */
export interface OffsetPage<L extends OffsetList> {
  readonly list: L;
  /** The offset of the next page; absent on the last one. */
  readonly next?: number;
  /** The vendor's clock, ISO 8601. */
  readonly date?: string;
}

export async function readPage<S extends v.GenericSchema<unknown, OffsetList>>(
  api: StrataApi,
  request: StrataRequest<S>,
  offset: number,
): Promise<OffsetPage<v.InferOutput<S>>> {
  const query = { ...request.query, limit: String(PAGE_LIMIT), offset: String(offset) };
  const { body, date } = await api.call({ ...request, query });
  return {
    list: body,
    ...omitUndefined({ next: offsetAfter(api, request.path, body, offset), date }),
  };
}

/** The total counts where there is one: a server that gives fewer rows than it was asked for may have more. */
function offsetAfter(api: StrataApi, path: string, list: OffsetList, offset: number): number | undefined {
  const { data, limit = PAGE_LIMIT, total } = list;
  const end = offset + data.length;
  if (total === undefined) return data.length > 0 && data.length >= limit ? end : undefined;
  if (end >= total) return undefined;
  if (data.length > 0) return end;
  const advice = "listed less than it says there is; it proves nothing, so try again later";
  throw api.vendorError("ERR_READ_SHORT", { method: "GET", path }, advice);
}

/** Every page. Throws `ERR_READ_LOOP` when a page comes again in place of the next. */
export async function* readPages<S extends v.GenericSchema<unknown, OffsetList>>(
  api: StrataApi,
  request: StrataRequest<S>,
): AsyncGenerator<v.InferOutput<S>> {
  const loopError = () => repeatedPageError(api, request.path);
  let firstRow: string | undefined;
  const readNext = async (cursor: string) => {
    const { list, next } = await readPage(api, request, Number(cursor));
    const first = JSON.stringify(list.data[0]);
    // Offsets never repeat, so it is the rows that show it.
    if (first !== undefined && first === firstRow) throw loopError();
    firstRow = first;
    return { list, next: next === undefined ? undefined : String(next) };
  };
  for await (const { list } of paginate("0", readNext, loopError)) yield list;
}

export const repeatedPageError = (api: StrataApi, path: string): WardenError =>
  api.vendorError("ERR_READ_LOOP", { method: "GET", path }, "gave the same page twice; try again later");
