/** Whether what went wrong with one account ends the reading of all the others too. */

import type { Code, WardenError } from "../errors.ts";

/** After these nothing else can be asked either. */
const GENERAL_CODES: readonly Code[] = ["ERR_VENDOR_AUTH", "ERR_ABORTED"];

export const endsReading = ({ code }: WardenError): boolean => GENERAL_CODES.includes(code);
