/** Finds a value of a secret that was not pasted whole, or was never filled in, before any vendor is asked. */

/** What `init` writes where a secret is to be filled in. */
export const SECRET_PLACEHOLDER = "…";

/** A key or a certificate: line breaks belong to it, and its schema reads it. */
const PEM = /^-----BEGIN [A-Z0-9 ]+-----\r?\n/;
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

const MISTAKES: readonly (readonly [found: (text: string) => boolean, advice: string])[] = [
  [(text) => text === SECRET_PLACEHOLDER || text === "...", "is still the placeholder; fill it in"],
  [(text) => text !== text.trim(), "begins or ends with white space; remove that"],
  [(text) => INVISIBLE.test(text), "holds characters that cannot be seen; copy it again"],
  [(text) => /^\$\{\w+\}$|^\{\{.*\}\}$/.test(text), "is the name of a variable, not its value; put the value there"],
  [(text) => /^(["'`]).+\1$/.test(text), "has quotes around it that are part of the value; remove the inner ones"],
];

/** `servers.duo-prod.duo_secret_key is still the placeholder; fill it in`. Never shows a value. */
export function describeSecretMistake(value: unknown, path: readonly string[] = []): string | undefined {
  if (typeof value === "string") {
    if (PEM.test(value)) return undefined;
    const advice = MISTAKES.find(([found]) => found(value))?.[1];
    return advice === undefined ? undefined : `${path.join(".")} ${advice}`;
  }
  if (typeof value !== "object" || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const mistake = describeSecretMistake(item, [...path, key]);
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}
