/** A simulated Okta org that `examples/okta.yaml` fits, but for its address: the group and the accounts that it names are there. */

import { type Okta, type OktaSettings, startOkta } from "../../simulators/okta/index.ts";

const ENROLMENT_GROUP = "00g1a2b3c4d5e6f7g8h9";
/** In the group, with a security key. */
const BREAK_GLASS = [
  { id: "00u1a2b3c4d5e6f7g8h9", login: "break-glass-1@example.com" },
  { id: "00u2b3c4d5e6f7g8h9i0", login: "break-glass-2@example.com" },
];
const EXEMPT = { id: "00u3c4d5e6f7g8h9i0j1", login: "jane@example.com" };
/** Named by the example's rule for robots. */
const ROBOTS = { id: "00g2b3c4d5e6f7g8h9i0", name: "Robots", type: "OKTA_GROUP" };

/** The accounts that the example names are among the users. */
export async function startExampleOkta({ users, ...others }: OktaSettings): Promise<Okta> {
  const okta = await startOkta({
    mfaShare: 0.7,
    ...others,
    users: users - BREAK_GLASS.length - 1,
    enrolmentGroup: ENROLMENT_GROUP,
  });
  okta.groups.push(ROBOTS);
  for (const { id, login } of BREAK_GLASS) {
    okta.change(okta.join(login, id).id, { groups: [ENROLMENT_GROUP] });
    okta.register(id, "webauthn");
  }
  okta.join(EXEMPT.login, EXEMPT.id);
  return okta;
}
