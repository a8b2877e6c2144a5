/** What Strata Cloud Manager answers. */

import * as v from "valibot";
import { anything, count, ifPresent, textOrEmpty, uuid } from "../fields.ts";

const profileRow = v.object({
  /** What comes with a tenant has none, and cannot be changed. */
  id: v.fallback(v.optional(uuid), undefined),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(1000)),
  /** Of these three, empty where it is not there. */
  folder: textOrEmpty,
  snippet: textOrEmpty,
  device: textOrEmpty,
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
    limit: ifPresent(count),
    offset: ifPresent(count),
    total: ifPresent(count),
  });

export const profileList = offsetList(profileRow);
/** What an authentication profile asks for is only looked at where it can be read. */
export const authenticationProfileList = offsetList(
  v.object({ id: anything, name: anything, multi_factor_auth: anything }),
);
/** What a change answers: the profile, of which only whose it is matters; or nothing, by the older document. */
export const writtenProfile = v.optional(v.object({ id: ifPresent(v.string()), name: ifPresent(v.string()) }), {});

const textOrNumber = v.pipe(v.union([v.string(), v.number()]), v.transform(String));
const jobId = v.pipe(textOrNumber, v.regex(/^[\w-]{1,64}$/));
const job = v.object({
  /** Empty where it cannot be read. */
  id: v.fallback(jobId, ""),
  parent_id: v.fallback(textOrNumber, ""),
  description: textOrEmpty,
  status_str: textOrEmpty,
  result_str: textOrEmpty,
});
export type Job = v.InferOutput<typeof job>;

export const jobList = offsetList(job);
/** Some servers answer 201 and nothing more. */
export const startedPush = v.optional(v.object({ success: ifPresent(v.boolean()), job_id: ifPresent(jobId) }));
