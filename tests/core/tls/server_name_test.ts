import { assert, assertEquals } from "@std/assert";
import { planServer } from "../../../src/core/options/tls.ts";
import {
  isHostName,
  nameRefusal,
  serverNameOf,
} from "../../../src/core/tls/server_name.ts";

const PAIR = { cert: "-----BEGIN A", key: "-----BEGIN B" };

Deno.test("serverNameOf() folds case and a final dot of a hostname, and no other name", () => {
  assertEquals(serverNameOf("WWW.Example.com."), "www.example.com");
  assertEquals(serverNameOf("not a host."), "not a host.");
});

Deno.test("isHostName() refuses addresses, control characters and empty labels", () => {
  for (const name of ["a", "a.test", "xn--bcher-kva.test", "a-b.test"]) {
    assert(isHostName(name), name);
  }
  for (
    const name of ["", ".", "a..b", "127.0.0.1", "a\nb", "a b", "-".repeat(64)]
  ) {
    assert(!isHostName(name), JSON.stringify(name));
  }
});

Deno.test("nameRefusal() takes other names only where the server says so", () => {
  const plan = planServer(PAIR);
  assertEquals(nameRefusal(plan, null), undefined);
  assertEquals(nameRefusal(plan, "a.test"), undefined);
  assertEquals(nameRefusal(plan, "127.0.0.1")!.why, "unrecognized-name");
  const any = planServer({ ...PAIR, allowAnyServerName: true });
  assertEquals(nameRefusal(any, "127.0.0.1"), undefined);
});
