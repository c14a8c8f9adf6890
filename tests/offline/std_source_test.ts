import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { outcomeOf } from "../../scripts/command.ts";
import { ROOT } from "../../scripts/places.ts";
import { test } from "../harness.ts";

/** Asks in a process of its own: the choice is made once a process. */
const ask = (env: Record<string, string>) =>
  outcomeOf(
    Deno.execPath(),
    ["run", "--allow-all", join(ROOT, "scripts", "std_source.ts")],
    { env },
  );

for (const source of ["jsr", "local"]) {
  test(`stdSource() is ${source} when STD_SOURCE says so`, {}, async () => {
    const { code, stdout, stderr } = await ask({ STD_SOURCE: source });
    assertEquals([code, stdout], [0, `${source}\n`]);
    assertStringIncludes(stderr, `std: ${source} (STD_SOURCE says so)`);
  });
}

test("stdSource() rejects another STD_SOURCE", {}, async () => {
  const { code, stderr } = await ask({ STD_SOURCE: "npm" });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "Cannot take STD_SOURCE=npm");
});

test("stdSource() is local when JSR cannot be reached", {}, async () => {
  // No server answers at the proxy's address, and nothing is in the cache.
  const closed = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const proxy = `http://127.0.0.1:${closed.addr.port}`;
  closed.close();
  const cache = await Deno.makeTempDir();
  try {
    const { code, stdout } = await ask({
      STD_SOURCE: "",
      HTTPS_PROXY: proxy,
      NO_PROXY: "",
      DENO_DIR: cache,
    });
    assertEquals([code, stdout], [0, "local\n"]);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
});
