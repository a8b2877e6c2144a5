/** Waves: a plan is applied to a few accounts first, and to five times as many while that goes well. Pure: a replay cuts the same waves. */
import type { Outcome } from "../model/index.ts";

const MAX_FIRST_WAVE = 10;
const FIRST_WAVE_PERCENT = 1;
const GROWTH = 5;

/** How many changes a plan makes. */
export interface ChangesToMake {
  readonly others: number;
  /** Changed after everybody else, in waves that begin small again. */
  readonly administrators: number;
}

export interface Wave {
  /** From 1. */
  readonly number: number;
  /** Absent in a plan that knows none: then this wave is all of it. */
  readonly administrators?: boolean;
  readonly size: number;
  /** How many changes follow in later waves of the same accounts. */
  readonly left: number;
  /** Of its changes, those that have their outcome. */
  readonly ended: number;
  /** Of these, the ones that failed or do not show. */
  readonly failed: number;
}

/** @param plan absent in an execution that began before there were waves: it goes on as it began. `undefined`: nothing to change */
export function firstWave(plan: ChangesToMake | undefined): Wave | undefined {
  if (!plan) return { number: 1, size: Number.POSITIVE_INFINITY, left: 0, ended: 0, failed: 0 };
  if (plan.others > 0) return firstOf(plan.others, 1, false);
  return plan.administrators > 0 ? firstOf(plan.administrators, 1, true) : undefined;
}

/** `undefined`: this was the last one. */
export function nextWave(plan: ChangesToMake | undefined, wave: Wave): Wave | undefined {
  const number = wave.number + 1;
  if (wave.left > 0)
    return { ...cut(wave.size * GROWTH, wave.left), number, administrators: wave.administrators === true };
  if (!plan || wave.administrators || plan.administrators === 0) return undefined;
  return firstOf(plan.administrators, number, true);
}

/** Of two changes or more never all. */
function firstOf(changes: number, number: number, administrators: boolean): Wave {
  const share = Math.floor((changes * FIRST_WAVE_PERCENT) / 100);
  return { ...cut(Math.min(MAX_FIRST_WAVE, Math.max(1, share)), changes), number, administrators };
}

const cut = (size: number, left: number) => ({
  size: Math.min(size, left),
  left: Math.max(0, left - size),
  ended: 0,
  failed: 0,
});

/** Adds what a step has come to. @param isLast there are no more changes of these accounts */
export function addToWave(wave: Wave, outcomes: Partial<Record<Outcome, number>>, isLast: boolean): Wave {
  const { failed = 0, unverified = 0 } = outcomes;
  const ended = Object.values(outcomes).reduce((sum, count) => sum + count, wave.ended);
  const added = { ...wave, ended, failed: wave.failed + failed + unverified };
  return isLast ? { ...added, size: ended, left: 0 } : added;
}

export const isWaveOver = ({ size, ended }: Wave): boolean => ended >= size;

const MAX_FAILED = 1;
const MAX_FAILED_PERCENT = 5;

/** Whether so many of a wave's changes failed that no further wave may begin. */
export const hasWaveFailed = ({ ended, failed }: Wave): boolean =>
  failed > MAX_FAILED && failed * 100 > ended * MAX_FAILED_PERCENT;
