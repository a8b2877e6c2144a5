/** What a person gives as the reason for something that goes on record. */

import { InvalidArgumentError } from "commander";

export function plainReason(text: string): string {
  const reason = text.trim();
  if (reason === "" || reason.length > 500) throw new InvalidArgumentError("It must have 1 to 500 characters.");
  return reason;
}
