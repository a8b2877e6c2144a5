/** HTTP Basic authentication of an OAuth client, in the two ways that servers read it. */

/** How client id and secret are written before they are joined. */
export type BasicForm = "encoded" | "raw";

export interface ClientPair {
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The Authorization header. */
export const basicHeader = (client: ClientPair, form: BasicForm): string =>
  `Basic ${Buffer.from(joined(client, form)).toString("base64")}`;

/** RFC 6749 section 2.3.1 wants both parts encoded; a server that does not decode them takes them raw. */
function joined({ clientId, clientSecret }: ClientPair, form: BasicForm): string {
  const write = form === "encoded" ? encodeURIComponent : (text: string) => text;
  return `${write(clientId)}:${write(clientSecret)}`;
}

/** Which form a token endpoint took, by its address, as long as this process lives. */
const acceptedForms = new Map<string, BasicForm>();

export const rememberForm = (url: string, form: BasicForm): void => void acceptedForms.set(url, form);

/**
 * The forms to try, one after the other, while the server refuses the client. The one it took before, or the first one, comes
 * twice: a server may refuse once without a reason.
 */
export function formsToTry(url: string, client: ClientPair): readonly BasicForm[] {
  const accepted = acceptedForms.get(url);
  if (accepted !== undefined) return [accepted, accepted];
  const isSame = joined(client, "encoded") === joined(client, "raw");
  return isSame ? ["encoded", "encoded"] : ["encoded", "raw", "encoded"];
}
