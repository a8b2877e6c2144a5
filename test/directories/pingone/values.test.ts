/** What each value of PingOne's documents means for a verdict. https://developer.pingidentity.com/pingone-api/mfa/users/mfa-devices.html */
import type { TestContext } from "node:test";
import { namedInProse } from "../../documents/values.ts";
import { checkValues, verdictsOn } from "../values.ts";
import { start } from "./environment.ts";

const BOTH = "compliant";
const REGISTERED = "compliant, violating";
const NOT = "violating";

/** Somebody whose MFA is on, with one device. @param change of the device */
async function verdicts(context: TestContext, change: object): Promise<string> {
  const { pingone, directory } = await start(context);
  const { id } = pingone.account(0);
  const device = { type: "FIDO2", status: "ACTIVE", ...change };
  pingone.change(id, { enabled: true, mfaEnabled: true, devices: [device] });
  return verdictsOn(directory, id);
}

checkValues({
  field: "type of a device",
  documented: namedInProse("pingone device type"),
  meaning: {
    EMAIL: REGISTERED,
    SMS: REGISTERED,
    VOICE: REGISTERED,
    WHATSAPP: REGISTERED,
    MOBILE: REGISTERED,
    TOTP: REGISTERED,
    OATH_TOKEN: REGISTERED,
    PINGID_DESKTOP_GEN2: REGISTERED,
    FIDO2: BOTH,
    PLATFORM: BOTH,
    SECURITY_KEY: BOTH,
  },
  outcome: (context, type) => verdicts(context, { type }),
});

checkValues({
  field: "status of a device",
  documented: namedInProse("pingone device status"),
  meaning: { ACTIVE: BOTH, ACTIVATION_REQUIRED: NOT },
  outcome: (context, status) => verdicts(context, { status }),
});

checkValues({
  field: "block.status of a device",
  documented: namedInProse("pingone device block.status"),
  meaning: { UNBLOCKED: BOTH, BLOCKED: NOT },
  outcome: (context, status) => verdicts(context, { block: { status } }),
});

checkValues({
  field: "lock.status of a device",
  documented: namedInProse("pingone device lock.status"),
  meaning: { UNLOCKED: BOTH, LOCKED: NOT },
  outcome: (context, status) => verdicts(context, { lock: { status } }),
});
