/** Says where a person finds what a run wrote down. */

import { results } from "./output.ts";
import { dim } from "./piece.ts";

export interface RecordPlaces {
  readonly evidence: { readonly place: string };
  /** Of the state. */
  readonly place: string;
}

/** The evidence of one run. */
export const runFolder = ({ evidence }: RecordPlaces, run: string): string =>
  `${evidence.place.replace(/\/$/, "")}/runs/${run}/`;

export function showPlaces(places: RecordPlaces, run: string): void {
  results.line(dim("evidence  "), runFolder(places, run));
  results.line(dim("state     "), places.place);
}
