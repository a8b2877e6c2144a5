/** A person who signs in to a real server by its pages, as a browser does, and registers a one-time password when asked. */

import assert from "node:assert/strict";
import { Secret, TOTP } from "otpauth";
import { PASSWORD } from "./realm.ts";

interface Page {
  readonly url: string;
  readonly html: string;
}

/** Where a sign-in ended: `code` back at the client, or the page that asks for more. */
export interface SignedIn {
  readonly asked: "one-time password" | "to register a one-time password" | "nothing";
}

interface Browser {
  open(url: string, form?: Record<string, string>): Promise<Page>;
}

/** Signs in with name and password, and does what the server asks for. @param secret of a one-time password that is registered */
export async function signIn(origin: string, realm: string, username: string, secret?: string): Promise<SignedIn> {
  const browser = openBrowser();
  const query = new URLSearchParams({
    client_id: "web",
    response_type: "code",
    scope: "openid",
    redirect_uri: "http://127.0.0.1/back",
  });
  const start = await browser.open(`${origin}/realms/${realm}/protocol/openid-connect/auth?${query}`);
  const next = await browser.open(formOf(start), { username, password: PASSWORD });
  if (isBack(next)) return { asked: "nothing" };
  const totpSecret = /name="totpSecret"[^>]*value="([^"]+)"/.exec(next.html)?.[1];
  if (totpSecret !== undefined) {
    const otp = passcode(Secret.fromUTF8(totpSecret));
    const end = await browser.open(formOf(next), { totp: otp, totpSecret, userLabel: "phone" });
    assert.ok(isBack(end), `the registration was not taken: ${end.url}`);
    return { asked: "to register a one-time password" };
  }
  assert.match(next.html, /name="otp"/);
  const end = await browser.open(formOf(next), { otp: passcode(Secret.fromUTF8(secret ?? "")) });
  assert.ok(isBack(end), `the one-time password was not taken: ${end.url}`);
  return { asked: "one-time password" };
}

const passcode = (secret: Secret) => new TOTP({ secret, algorithm: "SHA1", digits: 6, period: 30 }).generate();

const isBack = ({ url }: Page) => url.startsWith("http://127.0.0.1/back");

function formOf({ html, url }: Page): string {
  const action = /<form[^>]*action="([^"]+)"/.exec(html)?.[1];
  assert.ok(action !== undefined, `no form at ${url}`);
  return action.replaceAll("&amp;", "&");
}

/** Keeps cookies, and follows redirects within the server. */
function openBrowser(): Browser {
  const cookies = new Map<string, string>();
  const open = async (url: string, form?: Record<string, string>): Promise<Page> => {
    const headers = { cookie: [...cookies].map((pair) => pair.join("=")).join("; ") };
    const sent = form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) };
    const answer = await fetch(url, { ...sent, headers, redirect: "manual" });
    for (const set of answer.headers.getSetCookie()) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
      cookies.set(name, value);
    }
    const location = answer.headers.get("location");
    const html = await answer.text();
    if (location === null) return { url, html };
    return location.startsWith("http://127.0.0.1/back") ? { url: location, html } : open(new URL(location, url).href);
  };
  return { open };
}
