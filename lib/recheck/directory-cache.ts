/** Directories kept open between events, each only as long as what it was opened with may still be right. */

import type { Directory } from "../model/index.ts";
import type { RecheckPorts } from "./ports.ts";

export interface DirectoryCache {
  open(id: string, signal: AbortSignal): Promise<Directory>;
  forget(id: string): void;
  /** Lets go of every directory with subjects that use its secret. */
  refresh(): void;
}

/**
 * Directories with subjects that use its secret are kept for one batch alone: judged by an older version of it, the older one
 * would be written over the newer one.
 */
export function cacheDirectories(ports: Pick<RecheckPorts, "open" | "forget">): DirectoryCache {
  const opened = new Map<string, Promise<Directory>>();
  const withSecretUsers = new Set<string>();
  const forget = (id: string) => {
    opened.delete(id);
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
    forget,
    refresh() {
      for (const id of withSecretUsers) forget(id);
    },
  };
}
