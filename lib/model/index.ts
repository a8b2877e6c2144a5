/**
 * The vocabulary of mfa-warden and the ports between its parts. Read this folder and you know the product, best in this order:
 * subject, verdict, change, run, plan, event, directory, stores, ports. It imports nothing but itself.
 */
export * from "./change.ts";
export * from "./clock-skew.ts";
export * from "./counts.ts";
export * from "./directory.ts";
export * from "./directory-record.ts";
export * from "./event.ts";
export * from "./hold.ts";
export * from "./notice.ts";
export * from "./omit-undefined.ts";
export * from "./person.ts";
export * from "./plan.ts";
export * from "./ports.ts";
export * from "./run.ts";
export * from "./stores.ts";
export * from "./subject.ts";
export * from "./switch.ts";
export * from "./verdict.ts";
