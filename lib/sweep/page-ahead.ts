/** The pages of a listing, the next one fetched while this one is judged. */
import type { Clock, Directory, Page } from "../model/index.ts";

export interface FetchedPage extends Page {
  /** When it was asked for, by our clock, in ms: what it says may be no newer. */
  readonly askedAt: number;
  readonly gotAt: number;
}

/** The page after the last one, already on its way when a step ends. Lost with the invocation, and then fetched again. */
export interface PageAhead {
  cursor?: string;
  page?: Promise<FetchedPage>;
}

interface Listing {
  readonly directory: Directory;
  readonly clock: Clock;
  readonly pageAhead: PageAhead;
}

const PAGE_DEADLINE_MS = 120_000;

export function fetchAhead(listing: Listing, cursor: string): void {
  const page = fetchPage(listing, cursor);
  listing.pageAhead.cursor = cursor;
  listing.pageAhead.page = page;
  // Whoever takes the page sees the error; if nobody does, it must not end the process.
  page.catch(() => undefined);
}

/** The page on its way if it is this one, else fetched now. */
export function takePage(listing: Listing, cursor: string | undefined): Promise<FetchedPage> {
  const { pageAhead } = listing;
  const page = cursor !== undefined && pageAhead.cursor === cursor ? pageAhead.page : undefined;
  delete pageAhead.page;
  return page ?? fetchPage(listing, cursor);
}

async function fetchPage({ directory, clock }: Listing, cursor: string | undefined): Promise<FetchedPage> {
  const askedAt = clock();
  const page = await directory.page(cursor, AbortSignal.timeout(PAGE_DEADLINE_MS));
  return { ...page, askedAt, gotAt: clock() };
}
