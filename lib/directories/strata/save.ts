/** Writes one MFA server profile to the candidate configuration, whether it is there or not. */

import { hasCode, hasStatus } from "../../errors.ts";
import type { Api, Ask } from "./api.ts";
import { type Row, written } from "./schema.ts";
import type { Wanted } from "./secret.ts";

interface SaverNeeds {
  readonly api: Api;
  /** The one key that says where profiles are. */
  readonly where: Readonly<Record<string, string>>;
  /** The profile of that name, as it is there now. */
  locate(one: Wanted, signal: AbortSignal): Promise<Row | undefined>;
}

const SERVERS = "/mfa-servers";
const SERVER = "/mfa-servers/{id}";
const UNCHANGEABLE = "lists this profile without an id, so it cannot be changed; give yours another name";

export function saver({ api, where, locate }: SaverNeeds): (one: Wanted, signal: AbortSignal) => Promise<void> {
  async function save(one: Wanted, signal: AbortSignal): Promise<void> {
    const row = await locate(one, signal);
    await (row ? replace(row, one, signal) : create(one, signal));
  }

  /** Another profile may have the name by now, and the id may be gone: it is looked for once more. */
  async function replace(row: Row, one: Wanted, signal: AbortSignal, again = true): Promise<void> {
    const about = { method: "PUT", path: SERVER };
    if (row.id === undefined) throw api.vendorError("ERR_VENDOR_REJECTED", about, UNCHANGEABLE);
    try {
      await write({ ...about, method: "PUT", id: row.id }, one, signal);
    } catch (error) {
      if (!again || !(hasCode(error, "ERR_VENDOR_NOT_FOUND") || isConflict(error))) throw error;
      const now = await locate(one, signal);
      if (now?.id === row.id) throw error;
      await (now ? replace(now, one, signal, false) : create(one, signal, false));
    }
  }

  /** Never sent again blindly: what became of it is looked at first. */
  async function create(one: Wanted, signal: AbortSignal, again = true): Promise<void> {
    try {
      await write({ method: "POST", path: SERVERS }, one, signal);
    } catch (error) {
      if (!isConflict(error) && !hasCode(error, ...UNSURE)) throw error;
      const now = await locate(one, signal);
      if (now) return replace(now, one, signal, false);
      if (!again || isConflict(error)) throw error;
      await create(one, signal, false);
    }
  }

  async function write(call: Pick<Ask<typeof written>, "method" | "path" | "id">, one: Wanted, signal: AbortSignal) {
    const send = (stray: object) =>
      api.call({ of: "config", ...call, body: { ...bodyOf(one, stray), ...where }, schema: written, signal });
    const alias = one.shown.ping_org_alias;
    const { body } = await send({}).catch((error: unknown) => {
      // The vendor's document requires a ping_org that it does not describe.
      if (alias === undefined || !hasStatus(error, 400)) throw error;
      return send({ ping_org: alias });
    });
    if (body.name === undefined || body.name === one.name) return;
    const about = { method: call.method ?? "PUT", path: call.path };
    throw api.vendorError("ERR_VENDOR_FORMAT", about, "took the change but named another profile; look at both");
  }

  return save;
}

/** After these nobody can know whether a profile was made. */
const UNSURE = ["ERR_VENDOR_UNREACHABLE", "ERR_VENDOR_TIMEOUT", "ERR_VENDOR_UNAVAILABLE", "ERR_VENDOR_FORMAT"] as const;
const isConflict = (error: unknown) => hasStatus(error, 409);

/** The whole profile with its secrets, which come from our own store: what a reading shows of them is masked. */
const bodyOf = ({ name, certificateProfile, kind, shown, secret }: Wanted, stray: object) => ({
  name,
  mfa_cert_profile: certificateProfile,
  mfa_vendor_type: { [kind]: { ...shown, ...secret, ...stray } },
});
