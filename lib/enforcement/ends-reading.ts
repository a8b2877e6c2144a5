/** Whether what went wrong with one account ends the work on all the others too. */

import { type Code, hasCode, type WardenError } from "../errors.ts";

/** After these nothing else can be asked either. */
const ENDING_READING: readonly Code[] = ["ERR_VENDOR_AUTH", "ERR_ABORTED"];

export const endsReading = (error: WardenError): boolean => hasCode(error, ...ENDING_READING);

/** After these nobody else may be changed either. */
const ENDING_CHANGES: readonly Code[] = ["ERR_CHANGES_HALTED", "ERR_POLICY_CHANGED", "ERR_LEASE_LOST"];

export const endsChanges = (error: unknown): error is WardenError => hasCode(error, ...ENDING_CHANGES);
