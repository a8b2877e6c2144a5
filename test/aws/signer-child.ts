/** Opens the signing key of a folder in a process of its own and tells its parent which one it is; signing.test.ts runs it. */
import { fileSigner } from "../../cli/state/file-signer.ts";

process.send?.(await fileSigner(process.argv[2] ?? "").publicKey(AbortSignal.timeout(10_000)));
process.disconnect();
