/** What the rows of events and changes change and read in the simulated tenant, through its control address. */
import * as v from "valibot";
import type { SimulatedTenant } from "./simulator.ts";

const callsSchema = v.array(v.object({ n: v.number(), at: v.number(), user: v.optional(v.string()) }));
export type VendorCall = v.InferOutput<typeof callsSchema>[number];

/** One of them is resistant to phishing. */
const DEVICES = [
  { type: "TOTP", status: "ACTIVE" },
  { type: "FIDO2", status: "ACTIVE" },
];
/** Nobody has touched the account lately: a sweep leaves alone whom somebody else has just changed. */
const LONG_AGO = "2020-01-01T00:00:00.000Z";

/** All calls of the vendor so far. `at` is ms since 1970. */
export const listCalls = async ({ control }: SimulatedTenant): Promise<VendorCall[]> =>
  v.parse(callsSchema, await (await fetch(`${control}/calls`)).json());

/** Makes an account with MFA on, and answers its id. */
export async function makeAccount(tenant: SimulatedTenant): Promise<string> {
  const user = await postControl(tenant, "join", { enabled: true, mfaEnabled: true, devices: DEVICES });
  return v.parse(v.object({ id: v.string() }), user).id;
}

export async function switchMfaOff(tenant: SimulatedTenant, id: string): Promise<void> {
  await postControl(tenant, "change", { id, patch: { mfaEnabled: false, updatedAt: LONG_AGO } });
}

async function postControl({ control }: SimulatedTenant, action: string, body: object): Promise<unknown> {
  const answer = await fetch(`${control}/${action}`, { method: "POST", body: JSON.stringify(body) });
  const result: unknown = await answer.json();
  if (answer.ok) return result;
  throw new Error(`The simulator does not ${action}: ${JSON.stringify(result)}`);
}
