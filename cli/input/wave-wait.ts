/** How long a sweep rests between two waves of changes, as typed. */

import { InvalidArgumentError } from "commander";
import { MAX_WAVE_WAIT_MINUTES } from "../../lib/model/index.ts";

export interface WaveWait {
  readonly text: string;
  readonly seconds: number;
}

const SECONDS_PER_MINUTE = 60;

/** Whole minutes, like `10m`. */
export function parseWaveWait(text: string): WaveWait {
  const [, minutes = ""] = /^([1-9][0-9]?)m$/.exec(text) ?? [];
  if (minutes !== "" && Number(minutes) <= MAX_WAVE_WAIT_MINUTES)
    return { text, seconds: Number(minutes) * SECONDS_PER_MINUTE };
  throw new InvalidArgumentError(`It must be from 1m to ${MAX_WAVE_WAIT_MINUTES}m.`);
}
