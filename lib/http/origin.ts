/** Where a credential may go. */

/** Whether the address is https at one of these origins, or on loopback; never one with a user name or password in it. */
export function mayCall(address: string, origins: ReadonlySet<string>): boolean {
  const url = URL.parse(address);
  if (url?.username !== "" || url.password !== "") return false;
  if (isLoopback(url.hostname)) return url.protocol === "http:" || url.protocol === "https:";
  return url.protocol === "https:" && origins.has(url.origin);
}

const isLoopback = (host: string) => host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
