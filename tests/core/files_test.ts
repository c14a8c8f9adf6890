/** Each file of `src/core` with logic has a test file of its name. */
import { assertEquals } from "@std/assert";
import { readdirSync } from "node:fs";

/** Files without a test file of their own, and why. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "stream/backend.ts": "types",
  "datagram/backend.ts": "types",
  "tls/backend.ts": "types",
  "stream/readers.ts": "stream/read_queue_test.ts, whose queue serves them",
  "stream/bounded_reads.ts":
    "tests/conformance/stream/bounded_reads.ts, on each runtime",
};

function filesIn(folder: string, ending: string): string[] {
  const url = new URL(folder, import.meta.url);
  return (readdirSync(url, { recursive: true }) as string[])
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(ending));
}

Deno.test("each file of src/core with logic has a test file", () => {
  const tested = filesIn(".", "_test.ts")
    .map((path) => path.replace("_test.ts", ".ts"));
  const missing = filesIn("../../src/core/", ".ts")
    .filter((path) => !tested.includes(path) && !(path in EXCEPTIONS));
  assertEquals(missing, []);
});

Deno.test("each exception names a file without a test", () => {
  const files = filesIn("../../src/core/", ".ts");
  const tested = filesIn(".", "_test.ts");
  for (const path of Object.keys(EXCEPTIONS)) {
    assertEquals(files.includes(path), true, path);
    assertEquals(tested.includes(path.replace(".ts", "_test.ts")), false, path);
  }
});
