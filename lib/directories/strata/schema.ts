/** What Strata Cloud Manager answers. */

import * as v from "valibot";
import { anything, count, textOrEmpty, uuid } from "../fields.ts";

const profileRow = v.object({
  /** What comes with a tenant has none, and cannot be changed. */
  id: v.optional(uuid),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(1000)),
  folder: anything,
  snippet: anything,
  device: anything,
  mfa_cert_profile: anything,
  mfa_vendor_type: anything,
});
export type ProfileRow = v.InferOutput<typeof profileRow>;

/** What all lists share. */
export interface OffsetList<T = unknown> {
  readonly data: readonly T[];
  readonly limit?: number | undefined;
  readonly total?: number | undefined;
}

const offsetList = <S extends v.GenericSchema>(item: S) =>
  v.object({
    data: v.array(item),
    limit: v.optional(count),
    offset: v.optional(count),
    total: v.optional(count),
  });

export const profileList = offsetList(profileRow);
/** What an authentication profile asks for is only looked at where it can be read. */
export const authenticationProfileList = offsetList(
  v.object({ id: anything, name: anything, multi_factor_auth: anything }),
);
/** What a change answers: the profile, of which only whose it is matters; or nothing, by the older document. */
export const writtenProfile = v.optional(v.object({ id: v.optional(v.string()), name: v.optional(v.string()) }), {});

const textOrNumber = v.pipe(v.union([v.string(), v.number()]), v.transform(String));
const jobId = v.pipe(textOrNumber, v.regex(/^[\w-]{1,64}$/));
const job = v.object({
  id: jobId,
  parent_id: v.fallback(textOrNumber, ""),
  description: textOrEmpty,
  status_str: textOrEmpty,
  result_str: textOrEmpty,
});
export type Job = v.InferOutput<typeof job>;

export const jobList = offsetList(job);
/** Some servers answer 201 and nothing more. */
export const startedPush = v.optional(v.object({ success: v.optional(v.boolean(), true), job_id: v.optional(jobId) }));
