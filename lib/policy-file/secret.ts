/** Finds what looks like a secret in a policy file: it is read by many, kept in version control, and copied to Lambda. */

import { type Finding, finding, type Path } from "./finding.ts";

/** Ends of keys, in lower case without separators, that only ever stand before a secret. */
const SECRET_KEY =
  /(secrets?|secretkey|base64key|passwords?|passwd|passphrase|tokens?|apikey|accesskey|privatekey|seed|credentials?|authorization|hooks)$/;
/** Secret's name: a directory says with it where its secret is kept. */
const NAME_KEY = "secret";
const SCHEME_END = /[a-z][a-z0-9+.-]*$/i;
const AUTHORITY = /[^/?#\s]*/y;
/** Longer than any scheme that has ever been registered. */
const MAX_SCHEME = 64;
const PRIVATE_KEY = /-----BEGIN [A-Z ]*PRIVATE KEY/;

/** Every place, by its path; values are never shown. */
export function findSecrets(value: unknown, path: Path = []): Finding[] {
  if (typeof value === "string") return isSecretText(value) ? [secretInValue(path)] : [];
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item, index) => findSecrets(item, [...path, index]));
  return Object.entries(value).flatMap(([key, item]) =>
    isSecretKey(key) ? [secretInKey([...path, key])] : findSecrets(item, [...path, key]),
  );
}

const isSecretKey = (key: string): boolean =>
  key !== NAME_KEY && SECRET_KEY.test(key.toLowerCase().replaceAll(/[^a-z0-9]/g, ""));
const isSecretText = (text: string): boolean => hasLogin(text) || PRIVATE_KEY.test(text);

/** Whether an address in the text has a login, as in `https://user:password@host`. Looks at each character once. */
function hasLogin(text: string): boolean {
  for (let colon = text.indexOf("://"); colon !== -1; colon = text.indexOf("://", colon + 3)) {
    if (!SCHEME_END.test(text.slice(Math.max(0, colon - MAX_SCHEME), colon))) continue;
    AUTHORITY.lastIndex = colon + 3;
    if (AUTHORITY.exec(text)?.[0].includes("@")) return true;
  }
  return false;
}

const secretInKey = (path: Path): Finding =>
  finding(
    path,
    "is a secret, and a policy file holds none; keep it in the directory's secret and change it, since it was exposed here",
    "key",
    "ERR_POLICY_SECRET",
  );
const secretInValue = (path: Path): Finding =>
  finding(
    path,
    "contains a secret (a login inside an address, or a private key), and a policy file holds none; keep it in the directory's secret and change it",
    "value",
    "ERR_POLICY_SECRET",
  );
