/**
 * Keycloak's listing by offset. Whoever is deleted while it is read moves everybody behind one place forward, so each window begins
 * with the last row of the one before: where that row is elsewhere, somebody moved.
 */

import type { KeycloakApi } from "./api.ts";
import { type User, userList } from "./schema.ts";

/** Where the next window begins, and two users by which its place is known again. */
export interface ListingPlace {
  readonly offset: number;
  /** Ids of the first and the last row of the window before. */
  readonly first: string;
  readonly last: string;
}

/** Rows that come after those of the window before; after somebody moved, perhaps some of these once more. */
export interface ListingWindow {
  readonly users: readonly User[];
  readonly next?: ListingPlace | undefined;
  readonly date?: string | undefined;
}

const PLACE = { method: "GET", path: "/admin/realms/{realm}/users" };

export const writeCursor = ({ offset, first, last }: ListingPlace): string => JSON.stringify([offset, first, last]);

export async function readWindow(
  api: KeycloakApi,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<ListingWindow> {
  const { pageSize } = api.settings;
  if (cursor === undefined) return windowOf(await readRows(api, 0, pageSize, signal));
  const place = readCursor(api, cursor);
  const rows = await readRows(api, place.offset - 1, pageSize + 1, signal);
  const known = rows.users.findIndex(({ id }) => id === place.last);
  return known < 0 ? rereadWindow(api, place, signal) : windowOf(rows, known + 1);
}

/** The window before once more, as many places back as it has rows. Throws where neither end of it is found there. */
async function rereadWindow(api: KeycloakApi, place: ListingPlace, signal: AbortSignal): Promise<ListingWindow> {
  const start = Math.max(0, place.offset - 2 * api.settings.pageSize);
  const rows = await readRows(api, start, place.offset - start, signal);
  if (rows.users.some(({ id }) => id === place.first || id === place.last)) return windowOf(rows);
  const advice = "changed so fast while it was listed that nobody can tell who was left out; sweep again";
  throw api.vendorError("ERR_READ_SHORT", PLACE, advice);
}

interface Rows {
  readonly users: readonly User[];
  readonly start: number;
  readonly isFull: boolean;
  readonly date?: string | undefined;
}

async function readRows(api: KeycloakApi, start: number, max: number, signal: AbortSignal): Promise<Rows> {
  const query = { first: `${start}`, max: `${max}`, briefRepresentation: "false" };
  const { body, date } = await api.call({ path: "/users", query, schema: userList, signal });
  return { users: body, start, isFull: body.length >= max, date };
}

/** @param from the first row that is new */
function windowOf({ users, start, isFull, date }: Rows, from = 0): ListingWindow {
  const [first, last] = [users[from] ?? users[0], users.at(-1)];
  const next = isFull && first && last ? { offset: start + users.length, first: first.id, last: last.id } : undefined;
  return { users: users.slice(from), next, date };
}

function readCursor(api: KeycloakApi, cursor: string): ListingPlace {
  const [offset, first, last] = parseCursor(cursor);
  if (typeof offset === "number" && offset > 0 && typeof first === "string" && typeof last === "string")
    return { offset, first, last };
  throw api.vendorError("ERR_VENDOR_FORMAT", PLACE, "was to go on from a cursor that is none of ours");
}

function parseCursor(cursor: string): readonly unknown[] {
  try {
    const read: unknown = JSON.parse(cursor);
    return Array.isArray(read) ? read : [];
  } catch {
    return [];
  }
}
