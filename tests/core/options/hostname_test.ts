import { assertEquals, assertThrows } from "@std/assert";
import {
  canonicalIPv6,
  isIPv4,
  isIPv6,
  parseHostname,
  reachable,
} from "../../../src/core/options/hostname.ts";
import { test } from "../../harness.ts";

const none = { skip: undefined };

const taken: [string, string, number][] = [
  ["127.0.0.1", "127.0.0.1", 4],
  ["0.0.0.0", "0.0.0.0", 4],
  ["255.255.255.255", "255.255.255.255", 4],
  ["10.20.199.250", "10.20.199.250", 4],
  ["::", "::", 6],
  ["[::]", "::", 6],
  ["::1", "::1", 6],
  ["2001:DB8:0::8:800:200c:417A", "2001:db8::8:800:200c:417a", 6],
  ["0:0:0:0:0:0:0:1%2", "::1%2", 6],
  ["::FFFF:192.0.2.1", "::ffff:192.0.2.1", 6],
  ["::ffff:c000:201", "::ffff:192.0.2.1", 6],
  ["0:0:0:0:0:FFFF:192.0.2.1", "::ffff:192.0.2.1", 6],
  ["::ffff:192.0.2.1", "::ffff:192.0.2.1", 6],
  ["fe80::1%2", "fe80::1%2", 6],
  ["[fe80::1%eth0.5]", "fe80::1%eth0.5", 6],
  ["localhost", "localhost", 0],
  ["a", "a", 0],
  ["example.com", "example.com", 0],
  ["example.com.", "example.com.", 0],
  ["xn--bcher-kva.example", "xn--bcher-kva.example", 0],
  ["bücher.example", "xn--bcher-kva.example", 0],
  ["_sip._tcp.example", "_sip._tcp.example", 0],
  ["1and1.com", "1and1.com", 0],
  ["3com", "3com", 0],
  ["1.2.3.com", "1.2.3.com", 0],
  ["1.2.3.4e-7", "1.2.3.4e-7", 0],
];

test("parseHostname() distinguishes literals from names", none, () => {
  for (const [hostname, name, family] of taken) {
    assertEquals(
      parseHostname(hostname, "connect to"),
      { name, family },
      hostname,
    );
  }
  return Promise.resolve();
});

const refused = [
  "",
  ".",
  "a b",
  "a..b",
  ".a",
  "-a",
  "a-",
  "1.2.3.4.5",
  "1.2.3.256",
  "01.2.3.4",
  "1.2.3.04",
  "1.2.3.+4",
  "1.2.3.-0",
  "0x10",
  "1.2",
  "[1.2.3.4]",
  "[localhost]",
  "::1::",
  "1:2:3:4:5:6:7",
  "1:2:3:4:5:6:7:8:9",
  "::1.2.3",
  "::g",
  "fe80::1%",
  "fe80::1%a/b",
  "localhost%1",
  "127.0.0.1%1",
  "user@host",
  "host:80",
  "http://host",
  "host/path",
  "ho\nst",
  "\u{1F600}.example:80",
];

test(
  "parseHostname() throws TypeError when it is neither, with what to give",
  none,
  () => {
    for (const hostname of refused) {
      const error = assertThrows(
        () => parseHostname(hostname, "connect to"),
        TypeError,
      );
      assertEquals(
        error.message,
        `Cannot connect to hostname ${
          JSON.stringify(hostname)
        }: give an IPv4 or IPv6 literal, or a name`,
      );
    }
    return Promise.resolve();
  },
);

Deno.test("reachable() gives the loopback address in place of an unspecified one", () => {
  const hosts = ["0.0.0.0", "::", "::ffff:0.0.0.0", "10.0.0.1", "localhost"]
    .map((name) => reachable(parseHostname(name, "connect to")));
  assertEquals(hosts, [
    { name: "127.0.0.1", family: 4 },
    { name: "::1", family: 6 },
    { name: "::ffff:127.0.0.1", family: 6 },
    { name: "10.0.0.1", family: 4 },
    { name: "localhost", family: 0 },
  ]);
});

Deno.test("isIPv4() and isIPv6() accept no notation that only some resolvers read", () => {
  for (const text of ["127.1", "01.2.3.4", "1.2.3.4.5", "1.2.3.256", "::1"]) {
    assertEquals(isIPv4(text), false, text);
  }
  for (const text of ["::1", "fe80::1%eth0", "::ffff:1.2.3.4"]) {
    assertEquals(isIPv6(text), true, text);
  }
  for (const text of ["1.2.3.4", "fe80::1%a/b", "fe80::1%1%2", "::g", ""]) {
    assertEquals(isIPv6(text), false, text);
  }
});

Deno.test("canonicalIPv6() writes the form of RFC 5952, and keeps the zone", () => {
  assertEquals(
    ["0:0:0:0:0:0:0:1", "FE80:0::1%eth0", "::ffff:7f00:1", "1:0:0:2:0:0:0:3"]
      .map(canonicalIPv6),
    ["::1", "fe80::1%eth0", "::ffff:127.0.0.1", "1:0:0:2::3"],
  );
});
