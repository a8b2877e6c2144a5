/** The README.txt of a packed period: what each file is, how to check it without us, and what it does not prove. */

import type { Signer } from "../../lib/model/index.ts";
import type { PeriodData } from "../../lib/report/index.ts";
import { SIGNER_NOTES } from "./pack-readme.ts";

interface PeriodNotes {
  readonly data: PeriodData;
  readonly heads: readonly string[];
  readonly fingerprint: string;
  readonly label: Signer["label"];
  /** SHA-256 of verify.mjs. */
  readonly verifier: string;
}

/** The text of the file. */
export const periodReadme = ({ data, heads, fingerprint, label, verifier }: PeriodNotes): string =>
  `mfa-warden: the evidence of ${data.period.from} to ${data.period.to}, UTC, both days included
${data.period.isCut ? `\nTHE PERIOD IS NOT OVER: what is here ends at ${data.madeAt}.\n` : ""}
${data.runs.length} runs, ${data.sweeps.length} sweeps of a directory, ${data.gaps.length} gaps.

WHAT IS HERE

report/             period.html is the page to look at; the tables lie beside it
report/period.json  the counts of each sweep: the program below makes them again from the evidence
controls.json       which controls of which framework this bears on, and how far
evidence/policies/  the policies that the runs judged by
evidence/runs/      of each run the population as it was read, a line an account (gunzip it); digests of the ids; the change
                    log; a signed manifest over them. Runs named events-... are hours in which events made changes.
public-key.pem      the key that the list of these files is signed by
verify.mjs          the program that checks all this: one file, to be read, with Node 20 or later and nothing else
pack-manifest.json  the signed list of every file here, with its SHA-256; the signature is pack-manifest.json.sig

HOW TO CHECK IT

Get these from somebody you trust, and not from this archive:

  1. FINGERPRINT: the SHA-256 of the public key. Here it is said to be
         ${fingerprint}
  2. HEADS: what was published when the last run of each directory ended. Here it is said to be
         ${heads.join(",")}
  3. The SHA-256 of verify.mjs, or better your own copy of it. docs/evidence.md of mfa-warden has it. Here it is said to be
         ${verifier}

Unpack the archive into an empty folder, and put nothing else there. Then, in that folder:

    sha256sum verify.mjs
    node verify.mjs . --pack --key public-key.pem --expect-key FINGERPRINT --expect-head HEADS

If the key was replaced within the period, give the earlier one, too: repeat --key and --expect-key.

${SIGNER_NOTES[label]}

The answer begins with VERIFIED, earlier runs not included. It means: every file here is as it was packed, and none is
missing or was added. The manifests are signed by that key, each follows the one before, and every count is right. The
counts that report/period.json says of each sweep are those of its rows, it leaves no sweep out, and where more time lies
between two sweeps that read everybody than it says is allowed, it names the gap.

WHAT IT DOES NOT PROVE

The runs before this period are not in the archive. A sweep whose evidence is missing has the ledger's counts: the answer
names it. Decisions, holds and turns of the kill switch are in the ledger alone; so are changes of hours that are not sealed.
That the vendor told the truth, that the clock was right, and that nobody used the key who should not have, cannot be seen from here.
`;
