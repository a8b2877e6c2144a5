/** Facts from a vendor's answer: a field that is missing or of another kind is not known, and never counts as false. */

import * as v from "valibot";
import { type Fact, knownFact, unknownFact } from "../model/index.ts";

type FactReader = <S extends v.GenericSchema>(schema: S, value: unknown, field: string) => Fact<v.InferOutput<S>>;

/** @param vendor its name as people write it, for the reason of an unknown fact */
export const factReader =
  (vendor: string): FactReader =>
  (schema, value, field) => {
    const { success, output } = v.safeParse(schema, value);
    return success ? knownFact(output) : unknownFact(`${vendor} answered without a readable ${field}`);
  };
