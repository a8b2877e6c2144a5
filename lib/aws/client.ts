/** A client of one AWS service, loaded with its first use, so that a handler starts without it. */
import { loadOnce } from "../concurrency.ts";

/** Answers the package and the client; both are made once. @param load imports the package */
export const lazyClient = <Sdk, Client>(load: () => Promise<Sdk>, create: (sdk: Sdk) => Client) =>
  loadOnce(async () => {
    const sdk = await load();
    return { sdk, client: create(sdk) };
  });
