/** Which OAuth scope a call needs: each is asked for by itself, so that one that was not granted stops only what needs it. https://developer.okta.com/docs/api/oauth2 */

/** By how a path begins. */
const SCOPE_BY_PATH: readonly (readonly [begins: RegExp, scope: string])[] = [
  [/^\/api\/v1\/policies/, "okta.policies"],
  [/^\/api\/v1\/logs/, "okta.logs"],
  [/^\/api\/v1\/eventHooks/, "okta.eventHooks"],
  [/^\/api\/v1\/groups/, "okta.groups"],
  [/\/roles$/, "okta.roles"],
];

export function scopeOf(method: string, path: string): string {
  const family = SCOPE_BY_PATH.find(([begins]) => begins.test(path))?.[1] ?? "okta.users";
  // An event hook is looked at only by whoever sets it up.
  return method === "GET" && family !== "okta.eventHooks" ? `${family}.read` : `${family}.manage`;
}
