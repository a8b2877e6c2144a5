/** The README.txt of a packed run: what each file is, how to check it without us, and what it does not prove. */

import type { DirectoryRecord, RunRecord, Signer } from "../../lib/model/index.ts";
import type { Part } from "./zip.ts";

interface Contents {
  readonly run: RunRecord;
  readonly directories: readonly DirectoryRecord[];
  readonly parts: readonly Part[];
  /** Names of the report's files, the page first. */
  readonly files: readonly string[];
  readonly fingerprint: string;
  readonly label: Signer["label"];
}

const SIGNED: Readonly<Record<Signer["label"], string>> = {
  "self-signed":
    "The key is SELF-SIGNED: it lies on the machine that made this evidence. Whoever owns that machine could have\nwritten all of it. The signatures show that nobody else altered it since.",
  "aws-kms":
    "The key is one of AWS KMS, which gives the private half to nobody. Who may use it is said by that AWS account.",
};

export function packReadme({ run, directories, parts, files, fingerprint, label }: Contents): string {
  const bare = directories.filter(({ id }) => !parts.some(({ directory }) => directory === id));
  const heads = parts.map(({ head }) => head).join(",");
  return `mfa-warden: the evidence of run ${run.run}
${run.status === "completed" ? "" : `\nTHIS RUN IS NOT COMPLETE: ${run.status}. What follows is not the whole population.\n`}
Started ${run.startedAt} by ${ascii(run.origin.by)}; mode ${run.mode}; status ${run.status}.
${directories.map(({ id, status, read }) => `  ${id}: ${status}, ${read} accounts read`).join("\n")}
${bare.length === 0 ? "" : `No evidence was left for: ${bare.map(({ id }) => id).join(", ")}.\n`}
WHAT IS HERE

report/             ${files.join(", ")}: the page to look at, and the tables
exceptions.json     every exemption of the policy: who, why, until when, approved by whom
changes.jsonl       every change that was planned or made, with what came of it, one a line
controls.json       which controls of which framework this bears on, and how far
evidence/policies/  the policy that the run judged by
evidence/runs/      the population as it was read, a line an account (gunzip it); digests of the ids; the change log;
                    a signed manifest over them. Runs named events-… are hours in which events made changes.
public-key.pem      the key that the manifests say they are signed by
verify.mjs          the program that checks all this: one file, to be read, with Node 20 or later and nothing else

The report and the tables are made from the evidence, and are not signed themselves: make them again to compare.
What difference.json and its part of the page say of the run before cannot be checked here: its evidence is not in the archive.

HOW TO CHECK IT

    node verify.mjs evidence --key KEY.pem --from ${run.run} --expect-head HEADS

KEY.pem: a public key that you got from somebody you trust, not from this archive. If you use public-key.pem, compare
its fingerprint (SHA-256 of the SPKI in DER) with what that somebody tells you. Here it is said to be
    ${fingerprint}
    openssl pkey -pubin -in public-key.pem -outform DER | sha256sum
${SIGNED[label]}

HEADS: what was published when the run ended (the message run.completed, or what \`sweep\` printed), not what is here.
Here it is said to be
    ${heads}

The answer begins with VERIFIED, earlier runs not included. It means: signed by that key, every file as it was written,
every count right, and the run is the one whose head you gave.

WHAT IT DOES NOT PROVE

The runs before this one are not in the archive; --from says that you know, and the answer names the run where it
begins. That the vendor told the truth, that the clock was right, and that nobody used the key who should not have,
cannot be seen from here.
`;
}

/** It is read in a terminal. */
const ascii = (text: string) => text.replace(/[^\x20-\x7e]/g, "?");
