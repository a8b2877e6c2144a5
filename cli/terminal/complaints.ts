/** What is wrong with the input, each with its place: said on standard error at once, and in the one JSON object of `--json`. */

import { errors } from "./output.ts";

export interface Complaint {
  readonly code: string;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

const complaints: Complaint[] = [];

export function complain(complaint: Complaint): void {
  const { code, message, file, line, column } = complaint;
  complaints.push(complaint);
  if (file === undefined) errors.line(`${message} (${code})`);
  else errors.line(`${file}:${line}:${column} ${message}`);
}

export const complaintsSoFar = (): readonly Complaint[] => complaints;
