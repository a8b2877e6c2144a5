/** Times that are stored as text, as milliseconds since 1970. */

/** Before everything: what nobody can read gives no time. */
export const NEVER = Number.NEGATIVE_INFINITY;

/** @param text ISO 8601 */
export function instant(text: string): number {
  const at = Date.parse(text);
  return Number.isNaN(at) ? NEVER : at;
}
