/** Writes a policy and a secrets file for the simulated vendors. */

import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { omitUndefined } from "../../lib/model/index.ts";
import { makeFolder } from "../state/private-files.ts";
import { colleagueAddresses } from "./colleagues.ts";
import { samplePolicy } from "./sample-policy.ts";
import { DIRECTORIES, type SampleFiles, type SampleOptions, type Simulated } from "./sample-settings.ts";

/** Writes both files into `folder`; the secrets for the owner's eyes only. */
export function writeSample(folder: string, simulated: Simulated, options: SampleOptions): SampleFiles {
  makeFolder(folder, "folder", "--out");
  const files = { policy: join(folder, "policy.yaml"), secrets: join(folder, "secrets.json") };
  writeFileSync(files.policy, samplePolicy(folder, simulated, options));
  writeFileSync(files.secrets, `${JSON.stringify(secretsOf(simulated), null, 2)}\n`, { mode: 0o600 });
  return { ...files, ...omitUndefined({ person: colleagueAddresses(options)[0] }) };
}

/** As the policy calls it unless it says otherwise. */
const PEOPLE = "people";

function secretsOf({ pingone, vmware, strata, entra, keycloak, okta }: Simulated): object {
  const servers = Object.fromEntries(strata.wishes.slice(0, 1).map(({ name, secret }) => [name, secret]));
  return {
    [PEOPLE]: { key: randomBytes(32).toString("base64url") },
    [DIRECTORIES.pingone]: pingone.credentials,
    [DIRECTORIES.vmware]: vmware.credentials,
    [DIRECTORIES.strata]: { ...strata.credentials, servers },
    ...(entra && { [DIRECTORIES.entra]: entra.credentials }),
    ...(keycloak && { [DIRECTORIES.keycloak]: keycloak.credentials }),
    ...(okta && { [DIRECTORIES.okta]: okta.credentials }),
  };
}
