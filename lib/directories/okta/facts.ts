/** What an Okta org says of itself beside the verdicts: what binds the enrolment group, and what sign-on policies ask for. */

import { asWardenError, WardenError } from "../../errors.ts";
import type { DirectoryFact } from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import type { Protection, ProtectionSource } from "./protection.ts";

/** Throws only `ERR_ABORTED`. */
export async function directoryFacts(protection: ProtectionSource, signal: AbortSignal): Promise<DirectoryFact[]> {
  const read = await protection.get(signal).catch(asWardenError);
  if (!(read instanceof WardenError)) return [bindingFact(read.binding), signOnFact(read.signOn), FACTORS_SHOWN];
  if (read.code === "ERR_ABORTED") throw read;
  const why = describeError(read);
  return [bindingFact({ known: false, why }), signOnFact({ known: false, why }), FACTORS_SHOWN];
}

/** Okta says so itself, and no call shows what is left out. */
const FACTORS_SHOWN: DirectoryFact = {
  name: "factorsShown",
  value: null,
  meaning:
    "Okta shows of each person the factors that the enrollment policy allows as seen from the network that mfa-warden calls from: from another network more or fewer may show.",
};

const unknown = (name: string, what: string, why: string): DirectoryFact => ({
  name,
  value: null,
  meaning: `Whether ${what} is not known: ${why.replace(/\.$/, "")}.`,
});

function bindingFact(binding: Protection["binding"]): DirectoryFact {
  const name = "enrolmentPolicy";
  if (!binding.known) return unknown(name, "members of the enrolment group must register a factor", binding.why);
  const { bound, why } = binding.value;
  return { name, value: bound, meaning: `${why.charAt(0).toUpperCase()}${why.slice(1)}.` };
}

function signOnFact(signOn: Protection["signOn"]): DirectoryFact {
  const name = "signOnPolicies";
  if (!signOn.known) return unknown(name, "sign-on policies ask for a second factor", signOn.why);
  const { asking, silent, unclear, unread } = signOn.value;
  const others =
    unclear + unread > 0 ? `; ${unclear} rules and ${unread} policies were not understood or not read` : "";
  const meaning = `${asking} rules of sign-on policies that let people in ask for a second factor, ${silent} do not${others}. Whom each is for is not looked at, and no one is called compliant by them.`;
  if (asking === 0) return { name, value: unclear + unread > 0 ? null : false, meaning };
  return { name, value: silent + unclear + unread === 0 ? true : null, meaning };
}
