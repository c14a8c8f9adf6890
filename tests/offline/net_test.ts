import { assertEquals, assertGreater } from "@std/assert";
import { getAvailablePort } from "@std/net";
import { test } from "../harness.ts";

test(
  "getAvailablePort() returns a port that can be listened on",
  {},
  async () => {
    const port = getAvailablePort();
    assertGreater(port, 0);
    using listener = Deno.listen({ hostname: "127.0.0.1", port });
    assertEquals(listener.addr.port, port);
    await Promise.resolve();
  },
);
