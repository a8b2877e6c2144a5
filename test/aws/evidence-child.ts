/** Asks S3 for a file as the environment of its own process says, and prints what went wrong; call.test.ts runs it. */
import { s3Evidence } from "../../lib/aws/bucket.ts";

try {
  await s3Evidence({ maxAttempts: 1 }, "bucket", "memory").get("key");
} catch (error) {
  process.stdout.write(error instanceof Error ? error.message : String(error));
}
