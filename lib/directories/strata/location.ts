/** Where a tenant's MFA server profiles are: one folder, snippet or device, and what is there and what is only inherited. */

import type { ProfileRow } from "./schema.ts";
import { type Location, type LocationKind, type Settings, theOnlyKey } from "./settings.ts";

const LOCATION_KINDS: readonly LocationKind[] = ["snippet", "device", "folder"];

export function locationOf({ location }: Pick<Settings, "location">): Location {
  const kind = theOnlyKey(LOCATION_KINDS, location);
  return { kind, value: location[kind] ?? "" };
}

const API_FOLDER_NAMES = new Map([
  ["Global", "All"],
  ["All Firewalls", "ngfw-shared"],
  ["Access Agent", "Mobile Users"],
  ["Explicit Proxy", "Mobile Users Explicit Proxy"],
]);

/** Folders go by another name in the console than in the API. */
export const apiFolderName = (name: string): string => API_FOLDER_NAMES.get(name) ?? name;

/** As queries and bodies name the location. */
export const locationQuery = ({ kind, value }: Location): Readonly<Record<string, string>> => ({
  [kind]: kind === "folder" ? apiFolderName(value) : value,
});

/** A folder's listing also shows what it inherits from other folders and snippets: that is not ours to touch. */
export function isAtLocation(row: ProfileRow, { kind, value }: Location): boolean {
  const named = LOCATION_KINDS.filter((one) => row[one] !== "");
  if (named.length === 0) return true;
  const found = row[kind];
  if (named.length > 1 || found === "") return false;
  return kind === "folder" ? apiFolderName(found) === apiFolderName(value) : found === value;
}

/** The id of a profile that is at the location, by its name. */
export const profileId = ({ value }: Location, name: string): string => `${value}/${name}`;

/** Location and name; a location of another kind says which, since a snippet and a folder may have one name. */
export function profileIdOf(row: ProfileRow, location: Location): string {
  if (isAtLocation(row, location)) return profileId(location, row.name);
  const kind = LOCATION_KINDS.find((one) => row[one] !== "") ?? location.kind;
  const value = row[kind];
  return kind === location.kind ? `${value}/${row.name}` : `${kind}:${value}/${row.name}`;
}
