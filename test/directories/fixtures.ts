/** The fixture of every vendor in the registry: a vendor ships data to the contract suite, not tests. */

import { entraFixture } from "./entra/fixture.ts";
import { keycloakFixture } from "./keycloak/fixture.ts";
import { oktaFixture } from "./okta/fixture.ts";
import { pingoneFixture } from "./pingone/fixture.ts";
import { strataFixture } from "./strata/fixture.ts";
import type { Fixture } from "./tenant.ts";
import { vmwareFixture } from "./vmware-csp/fixture.ts";

export const fixtures: Readonly<Record<string, Fixture>> = {
  entra: entraFixture,
  keycloak: keycloakFixture,
  okta: oktaFixture,
  pingone: pingoneFixture,
  strata: strataFixture,
  "vmware-csp": vmwareFixture,
};
