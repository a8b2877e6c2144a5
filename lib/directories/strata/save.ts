/** Writes one MFA server profile to the candidate configuration, whether it is there or not. */

import { hasCode, hasStatus } from "../../errors.ts";
import type { ServerProfile } from "../../model/index.ts";
import type { StrataApi } from "./api.ts";
import { locationQuery } from "./location.ts";
import { findNamed, PROFILES_PATH } from "./profiles.ts";
import { type ProfileRow, writtenProfile } from "./schema.ts";
import type { Location } from "./settings.ts";
import type { WantedProfile } from "./wanted-profiles.ts";

const PROFILE_PATH = "/mfa-servers/{id}";

/** One profile that is being written. */
export interface SaveContext {
  readonly api: StrataApi;
  readonly location: Location;
  readonly wanted: WantedProfile;
  readonly signal: AbortSignal;
}

/** @param seen the profile as it was read moments ago */
export async function saveProfile(
  context: SaveContext,
  { present, vendorId }: Pick<ServerProfile, "present" | "vendorId">,
): Promise<void> {
  await (present ? replace(context, vendorId) : create(context));
}

const find = ({ api, location, wanted, signal }: SaveContext) => findNamed(api, location, wanted.name, signal);

/** Another profile may have the name by now, and the id may be gone: then it is looked for once more. */
async function replace(context: SaveContext, id: string | undefined): Promise<void> {
  try {
    await replaceOnce(context, { id });
  } catch (error) {
    if (!hasCode(error, "ERR_VENDOR_NOT_FOUND") && !isConflict(error)) throw error;
    const now = await find(context);
    if (now?.id === id) throw error;
    await (now ? replaceOnce(context, now) : create(context, 1));
  }
}

async function replaceOnce(context: SaveContext, { id }: Pick<ProfileRow, "id">): Promise<void> {
  if (id !== undefined) return write(context, { method: "PUT", path: PROFILE_PATH, id });
  const advice = "lists this profile without an id, so it cannot be changed; give yours another name";
  throw context.api.vendorError("ERR_VENDOR_REJECTED", { method: "PUT", path: PROFILE_PATH }, advice);
}

/** Never sent again blindly: what became of it is looked at first. */
async function create(context: SaveContext, attempts = 2): Promise<void> {
  try {
    await write(context, { method: "POST", path: PROFILES_PATH });
  } catch (error) {
    if (!isConflict(error) && !hasCode(error, ...UNSURE_CODES)) throw error;
    const now = await find(context);
    if (now) return replaceOnce(context, now);
    if (attempts === 1 || isConflict(error)) throw error;
    await create(context, attempts - 1);
  }
}

/** After these nobody can know whether a profile was made. */
const UNSURE_CODES = [
  "ERR_VENDOR_UNREACHABLE",
  "ERR_VENDOR_TIMEOUT",
  "ERR_VENDOR_UNAVAILABLE",
  "ERR_VENDOR_FORMAT",
] as const;
const isConflict = (error: unknown) => hasStatus(error, 409);

interface WriteTarget {
  readonly method: "PUT" | "POST";
  readonly path: string;
  readonly id?: string;
}

async function write(context: SaveContext, target: WriteTarget): Promise<void> {
  const { api, wanted } = context;
  const { body } = await send(context, target);
  if (body.name === undefined || body.name === wanted.name) return;
  const { method, path } = target;
  const advice = "took the change but named another profile; look at both";
  throw api.vendorError("ERR_VENDOR_FORMAT", { method, path }, advice);
}

/** The vendor's document requires a `ping_org` that it does not describe: it is sent where a server insists. */
async function send(context: SaveContext, target: WriteTarget) {
  const { ping_org_alias } = context.wanted.fields;
  const request = (extra: object) => context.api.call(writeRequest(context, target, extra));
  try {
    return await request({});
  } catch (error) {
    if (ping_org_alias === undefined || !hasStatus(error, 400)) throw error;
    return request({ ping_org: ping_org_alias });
  }
}

/** The whole profile with its secrets, which come from our own store: what a reading shows of them is masked. */
function writeRequest({ location, wanted, signal }: SaveContext, target: WriteTarget, extra: object) {
  const { name, certificateProfile, kind, fields, secrets } = wanted;
  const body = {
    name,
    mfa_cert_profile: certificateProfile,
    mfa_vendor_type: { [kind]: { ...fields, ...secrets, ...extra } },
    ...locationQuery(location),
  };
  return { api: "config", ...target, body, schema: writtenProfile, signal } as const;
}
