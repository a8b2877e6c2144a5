/** Whether Okta accepts a profile's token: `GET /api/v1/org`. https://developer.okta.com/docs/api */

import * as v from "valibot";
import { failed, passed, untested } from "../../doctor-check.ts";
import { type CredentialCheck, credentialClient, isCheckResult, refusalOf, textOf } from "./client.ts";

const PATH = "/api/v1/org";
const DOMAINS = ["okta.com", "okta-emea.com", "oktapreview.com"];

export const checkOktaCredential: CredentialCheck = async (needs, { fields, secrets }, signal) => {
  const host = textOf(fields.okta_api_host);
  const http = credentialClient(needs, { host, domains: DOMAINS });
  if (isCheckResult(http)) return http;
  try {
    await http.call({
      method: "GET",
      url: `https://${host}${PATH}`,
      path: PATH,
      headers: { authorization: `SSWS ${secrets.okta_token}` },
      schema: v.looseObject({ id: v.string() }),
      signal,
    });
    return passed("Okta accepts the token.");
  } catch (error) {
    if (refusalOf(error, 401))
      return failed("Okta does not accept the token; make a new one and put it into okta_token.");
    if (refusalOf(error, 403)) return untested("Okta accepts the token, but it may not read the organisation.");
    throw error;
  }
};
