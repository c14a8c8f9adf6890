/**
 * What the bench needs of a machine.
 *
 * @module
 */
import { missing, run } from "../process/machine.ts";

/** Why the load generator cannot be made, and put on anybody, here. */
export const skip: string | undefined = Deno.build.os === "linux"
  ? missing("gcc", "openssl", "python3", "taskset") ?? missingHeaders()
  : "the load generator is made for Linux";

function missingHeaders(): string | undefined {
  const line = "echo '#include <openssl/ssl.h>' | gcc -E - > /dev/null";
  return run("sh", ["-c", line]).success ? undefined : "needs libssl-dev";
}
