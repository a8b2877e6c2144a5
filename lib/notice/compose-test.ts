/** The words that show that messages arrive. Pure. */
import type { TestNotice } from "../model/index.ts";
import { textOfParts } from "./parts.ts";

/** @param id names this message, and no other */
export function composeTestNotice(id: string, to: readonly string[]): TestNotice {
  const parts = {
    lead: "This is a test, sent by doctor. Nothing has happened, and nothing is to be done.",
    items: [],
    commands: [],
    closing: ["You get this message because notify of the policy names you."],
  };
  return { id, kind: "test", to, subject: "MFA: test message", text: textOfParts(parts, undefined), parts };
}
