/** Directories kept open between events, each only as long as what it was opened with may still be right. */

import { findProtectionGaps, type ProtectionContext } from "../enforcement/index.ts";
import { retryable } from "../errors.ts";
import type { Directory } from "../model/index.ts";
import type { SubjectRecheckPorts } from "./ports.ts";

/** How long an answer about protected accounts counts. */
const OBSTACLE_MAX_AGE_MS = 5 * 60_000;

interface Obstacle {
  readonly why: string | undefined;
  /** When it was asked for, in ms since 1970. */
  readonly at: number;
}

export interface DirectoryCache {
  open(id: string, signal: AbortSignal): Promise<Directory>;
  /** Why nothing may be changed there: what `findProtectionGaps` says, asked at the first change and again after five minutes. */
  findObstacle(context: ProtectionContext, signal: AbortSignal): Promise<string | undefined>;
  forget(id: string): void;
  /** Lets go of every directory with subjects that use its secret. */
  refresh(): void;
}

/**
 * Directories with subjects that use its secret are kept for one batch alone: judged by an older version of it, the older one
 * would be written over the newer one.
 */
export function cacheDirectories(ports: Pick<SubjectRecheckPorts, "open" | "forget">): DirectoryCache {
  const opened = new Map<string, Promise<Directory>>();
  const withSecretUsers = new Set<string>();
  const obstacles = new Map<string, Obstacle>();
  const forget = (id: string) => {
    opened.delete(id);
    obstacles.delete(id);
    ports.forget?.(id);
  };
  return {
    async open(id, signal) {
      const opening = opened.get(id) ?? ports.open(id, signal);
      opened.set(id, opening);
      try {
        const directory = await opening;
        if (directory.secretUsers) withSecretUsers.add(id);
        return directory;
      } catch (error) {
        forget(id);
        throw error;
      }
    },
    async findObstacle(context, signal) {
      const known = obstacles.get(context.id);
      if (known && Math.abs(context.clock() - known.at) < OBSTACLE_MAX_AGE_MS) return known.why;
      const obstacle = { at: context.clock(), why: await askObstacle(context, signal) };
      obstacles.set(context.id, obstacle);
      return obstacle.why;
    },
    forget,
    refresh() {
      for (const id of withSecretUsers) forget(id);
    },
  };
}

/** A look-up that may succeed later is thrown, so that the event comes again. */
async function askObstacle(context: ProtectionContext, signal: AbortSignal): Promise<string | undefined> {
  const gaps = await findProtectionGaps(context, signal);
  const transient = gaps.find(({ cause }) => retryable(cause))?.cause;
  if (transient) throw transient;
  const error = gaps[0]?.error;
  return error && `${error.code}: ${error.message}`;
}
