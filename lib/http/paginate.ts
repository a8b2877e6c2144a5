/** A listing whose every page names the next one. */

import type { WardenError } from "../errors.ts";

/** A page with the cursor of the next one; the last page has none. */
export interface LinkedPage {
  readonly next?: string | undefined;
}

/**
 * Reads page after page, beginning at `first`. A listing that comes back to a page it had given would never end: then it
 * throws what `loopError` makes.
 */
export async function* paginate<P extends LinkedPage>(
  first: string,
  readPage: (cursor: string) => Promise<P>,
  loopError: () => WardenError,
): AsyncGenerator<P> {
  const seen = new Set<string>();
  for (let cursor: string | undefined = first; cursor !== undefined; ) {
    if (seen.has(cursor)) throw loopError();
    seen.add(cursor);
    const page: P = await readPage(cursor);
    yield page;
    cursor = page.next;
  }
}
