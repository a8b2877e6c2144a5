#!/usr/bin/env bash
# Says what a policy would mean for everybody whom a run read: sh recipe for any pipeline.
# usage: try.sh POLICY EVIDENCE_FOLDER; WARDEN is how the command is started
set -euo pipefail
policy=$1
evidence=$2
code=0
${WARDEN:-warden} try "$policy" --against "$evidence" --format markdown > mfa-warden.md || code=$?
cat mfa-warden.md
# 4: security gets lower, somebody would be changed, or somebody is unknown now. 3: the run did not read everybody.
exit "$code"
