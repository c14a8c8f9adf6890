import { assertEquals } from "@std/assert";
import { planServer } from "../../../src/core/options/tls.ts";
import {
  isHostName,
  nameRefusal,
  serverNameOf,
} from "../../../src/core/tls/server_name.ts";

const PAIR = { cert: "-----BEGIN X", key: "-----BEGIN Y" };

Deno.test("serverNameOf() writes a host name in lower case without its trailing dot, others unchanged", () => {
  assertEquals(
    ["A.Test.", "a_b.test", "A b", "127.0.0.1", "A..Test", "__proto__", ""]
      .map(serverNameOf),
    ["a.test", "a_b.test", "A b", "127.0.0.1", "A..Test", "__proto__", ""],
  );
});

Deno.test("isHostName() accepts labels of RFC 1123 and no address", () => {
  const right = [
    "a",
    "a.test",
    "a-b.test",
    "_sip._tcp.test",
    "a.b1",
    "1a.test",
  ];
  const wrong = [
    ...["", ".", "a.", ".a", "a..b", "-a", "a-", "a_", "A", "a b", "é"],
    ...["127.0.0.1", "a.0x7f", "1", "a.1", "::1", "a\n", "*.test"],
    ...["x".repeat(64), `${"a.".repeat(126)}ab`],
  ];
  assertEquals(right.filter((name) => !isHostName(name)), []);
  assertEquals(wrong.filter(isHostName), []);
  assertEquals(isHostName(`${"a.".repeat(126)}a`), true);
  assertEquals(isHostName("x".repeat(63)), true);
});

Deno.test("nameRefusal() refuses a server name that is no host name, unless the server allows it", () => {
  const strict = planServer(PAIR);
  const refused = nameRefusal(strict, "a b\n");
  assertEquals(refused?.why, "unrecognized-name");
  assertEquals(refused?.message, 'the server name "a b\\n" is no host name');
  for (const name of [null, "a.test"]) {
    assertEquals(nameRefusal(strict, name), undefined);
  }
  const any = planServer({ ...PAIR, allowAnyServerName: true });
  assertEquals(nameRefusal(any, "a b"), undefined);
  const named = planServer({ ...PAIR, serverNames: { "a_": PAIR } });
  assertEquals(nameRefusal(named, "a_"), undefined);
});
