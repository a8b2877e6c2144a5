/** Says where a person finds what a run wrote down. */

import { results } from "./output.ts";
import { dim } from "./piece.ts";

export interface RecordPlaces {
  readonly evidence: { readonly place: string };
  /** Of the state. */
  readonly place: string;
}

export function showPlaces({ evidence, place }: RecordPlaces, run: string): void {
  results.line(dim("evidence  "), `${evidence.place.replace(/\/$/, "")}/runs/${run}/`);
  results.line(dim("state     "), place);
}
