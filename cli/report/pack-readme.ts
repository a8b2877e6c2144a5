/** The README.txt of a packed run: what each file is, how to check it without us, and what it does not prove. */

import type { Signer } from "../../lib/model/index.ts";
import type { PackContent } from "./pack-content.ts";

/** What a key of this kind proves. */
export const SIGNER_NOTES: Readonly<Record<Signer["label"], string>> = {
  "self-signed":
    "The key is SELF-SIGNED: it lies on the machine that made this evidence. Whoever owns that machine could have\nwritten all of it. The signatures show that nobody else altered it since.",
  "aws-kms":
    "The key is one of AWS KMS, which gives the private half to nobody. Who may use it is said by that AWS account.",
};

/** The text of the file. @param verifier SHA-256 of verify.mjs */
export function packReadme(
  { run, directories, withoutEvidence, parts, report, fingerprint }: PackContent,
  { label, verifier }: { readonly label: Signer["label"]; readonly verifier: string },
): string {
  const heads = parts.map(({ head }) => head).join(",");
  return `mfa-warden: the evidence of run ${run.run}
${run.status === "completed" ? "" : `\nTHIS RUN IS NOT COMPLETE: ${run.status}. What follows is not the whole population.\n`}
Started ${run.startedAt} by ${ascii(run.origin.by)}; mode ${run.mode}; status ${run.status}.
${directories.map(({ id, status, read }) => `  ${id}: ${status}, ${read} accounts read`).join("\n")}
${withoutEvidence.length === 0 ? "" : `The run left no evidence of: ${withoutEvidence.join(", ")}.\n`}
WHAT IS HERE

report/             ${report.files.join(", ")}: the page to look at, and the tables
exceptions.json     every exemption of the policy: who, why, until when, approved by whom
changes.jsonl       every change that was planned or made, with what came of it, one a line
controls.json       which controls of which framework this bears on, and how far
evidence/policies/  the policy that the run judged by
evidence/runs/      the population as it was read, a line an account (gunzip it); digests of the ids; the change log;
                    a signed manifest over them. Runs named events-… are hours in which events made changes.
public-key.pem      the key that the manifests say they are signed by
verify.mjs          the program that checks all this: one file, to be read, with Node 20 or later and nothing else
pack-manifest.json  the signed list of every file here, with its SHA-256; the signature is pack-manifest.json.sig

HOW TO CHECK IT

Get these from somebody you trust, and not from this archive:

  1. FINGERPRINT: the SHA-256 of the public key. Here it is said to be
         ${fingerprint}
  2. HEADS: what was published when the run ended, by the message run.completed or by \`sweep\`. Here it is said to be
         ${heads}
  3. The SHA-256 of verify.mjs, or better your own copy of it. docs/evidence.md of mfa-warden has it. Here it is said to be
         ${verifier}

Unpack the archive into an empty folder, and put nothing else there. Then, in that folder:

    sha256sum verify.mjs
    node verify.mjs . --pack --key public-key.pem --expect-key FINGERPRINT --from ${run.run} --expect-head HEADS

${SIGNER_NOTES[label]}

The answer begins with VERIFIED, earlier runs not included. It means: every file here is as it was packed, and none is
missing or was added. The evidence is signed by that key, and every count is right. The run is the one whose head you gave.

WHAT IT DOES NOT PROVE

The runs before this one are not in the archive. --from says that you know, and the answer names the run where it begins.
The page and the tables are signed as they were made. To see that they follow from the evidence, make them again.
What difference.json and its part of the page say of the run before cannot be checked here: its evidence is not in the archive.
That the vendor told the truth, that the clock was right, and that nobody used the key who should not have, cannot be seen from here.
`;
}

/** It is read in a terminal. */
const ascii = (text: string) => text.replace(/[^\x20-\x7e]/g, "?");
