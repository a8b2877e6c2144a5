/** The part of dynalite that is used here; it brings no types of its own. */
declare module "dynalite" {
  import type { Server } from "node:http";

  interface Options {
    /** Folder of the LevelDB store; in memory without it. */
    readonly path?: string;
    readonly createTableMs?: number;
    readonly deleteTableMs?: number;
    readonly updateTableMs?: number;
  }

  /** An HTTP server that speaks DynamoDB; closing it closes the store. */
  export default function dynalite(options?: Options): Server;
}
