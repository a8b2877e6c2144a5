/** Writes a policy and a secrets file for the simulated vendors. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { makeFolder } from "../state/private-files.ts";
import { samplePolicy } from "./sample-policy.ts";
import { DIRECTORIES, type SampleFiles, type SampleOptions, type Simulated } from "./sample-settings.ts";

/** Writes both files into `folder`; the secrets for the owner's eyes only. */
export function writeSample(folder: string, simulated: Simulated, options: SampleOptions): SampleFiles {
  makeFolder(folder, "folder", "--out");
  const files = { policy: join(folder, "policy.yaml"), secrets: join(folder, "secrets.json") };
  writeFileSync(files.policy, samplePolicy(folder, simulated, options));
  writeFileSync(files.secrets, `${JSON.stringify(secretsOf(simulated), null, 2)}\n`, { mode: 0o600 });
  return files;
}

function secretsOf({ pingone, vmware, strata, entra, keycloak }: Simulated): object {
  const servers = Object.fromEntries(strata.wishes.slice(0, 1).map(({ name, secret }) => [name, secret]));
  return {
    [DIRECTORIES.pingone]: pingone.credentials,
    [DIRECTORIES.vmware]: vmware.credentials,
    [DIRECTORIES.strata]: { ...strata.credentials, servers },
    ...(entra && { [DIRECTORIES.entra]: entra.credentials }),
    ...(keycloak && { [DIRECTORIES.keycloak]: keycloak.credentials }),
  };
}
