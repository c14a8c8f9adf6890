import { assertEquals } from "@std/assert";
import {
  interfaceOf,
  isExact,
  isLinkLocal,
  spelledEnds,
  systemAddress,
  withZone,
  zoneOf,
} from "../../../src/core/options/addr.ts";
import { test } from "../../harness.ts";

const none = { skip: undefined };

const scopes: [string, boolean][] = [
  ["fe80::1", true],
  ["FE80::1%2", true],
  ["febf:ffff::1", true],
  ["ff02::1", true],
  ["ff12::1", true],
  ["ff01::1", true],
  ["fec0::1", false],
  // 0fe8::1
  ["fe8::1", false],
  ["ff05::1", false],
  ["2001:db8::fe80:1", false],
  ["::1", false],
  ["::", false],
  ["254.128.0.1", false],
];

test("isLinkLocal() is true for the addresses that need a zone", none, () => {
  assertEquals(
    scopes.map(([address]) => [address, isLinkLocal(address)]),
    scopes,
  );
  return Promise.resolve();
});

const told: [told: string, asked: string, spelled: string][] = [
  ["127.0.0.1", "::1%2", "127.0.0.1"],
  ["::1", "::1%lo", "::1"],
  ["fe80::1", "fe80::1%2", "fe80::1%2"],
  ["fe80::1%eth0", "fe80::2%2", "fe80::1%2"],
  ["fe80::1%eth0", "::", "fe80::1%eth0"],
  ["fe80::1", "::", "fe80::1"],
  ["2001:db8::1%eth0", "fe80::1%2", "2001:db8::1"],
  ["::127.0.0.1", "::", "::7f00:1"],
  ["::ffff:127.0.0.1", "::", "::ffff:127.0.0.1"],
];

test(
  "withZone() keeps the caller's zone on link-local addresses, and writes the form of RFC 5952",
  none,
  () => {
    for (const [address, asked, spelled] of told) {
      assertEquals(withZone(address, asked), spelled, `${address} ${asked}`);
    }
    return Promise.resolve();
  },
);

test(
  "systemAddress() removes the zone of an address that is not link-local",
  none,
  () => {
    assertEquals(
      ["::1%lo", "fe80::1%lo", "2001:db8::1%2", "127.0.0.1", "a.test"]
        .map(systemAddress),
      ["::1", "fe80::1%lo", "2001:db8::1", "127.0.0.1", "a.test"],
    );
    return Promise.resolve();
  },
);

const interfaces = [
  { name: "lo", address: "::1", scopeid: 0 },
  { name: "eth0", address: "fe80::1", scopeid: 2 },
  { name: "eth1", address: "fe80::2", scopeid: 3 },
  { name: "br0", address: "fe80::1", scopeid: 4 },
  { name: "eth0", address: "10.0.0.1", scopeid: null },
];

test(
  "interfaceOf() returns the interface of a zone, by its name or its number",
  none,
  () => {
    assertEquals(
      ["eth0", "3", "4", "5", "eth5", "", "0x3"].map((zone) =>
        interfaceOf(zone, interfaces)
      ),
      ["eth0", "eth1", "br0", undefined, undefined, undefined, undefined],
    );
    return Promise.resolve();
  },
);

test(
  "spelledEnds() queries the interfaces only if the listener has no zone",
  none,
  () => {
    let asked = 0;
    const ask = () => {
      asked++;
      return interfaces;
    };
    const ends = (...args: [string, string, string]) =>
      spelledEnds(...args, ask);
    assertEquals(ends("127.0.0.1", "127.0.0.2", "0.0.0.0"), [
      "127.0.0.1",
      "127.0.0.2",
    ]);
    assertEquals(ends("fe80::2", "fe80::9", "fe80::2%3"), [
      "fe80::2%3",
      "fe80::9%3",
    ]);
    assertEquals(asked, 0);
    assertEquals(ends("fe80::2", "fe80::9", "::"), [
      "fe80::2%eth1",
      "fe80::9%eth1",
    ]);
    // Two interfaces have it.
    assertEquals(ends("fe80::1", "fe80::9", "::"), ["fe80::1", "fe80::9"]);
    return Promise.resolve();
  },
);

Deno.test("zoneOf() returns what stands behind the %", () => {
  assertEquals(["fe80::1%eth0", "fe80::1"].map(zoneOf), ["eth0", undefined]);
});

Deno.test("isExact() is false for an unspecified address and for IPv6", () => {
  assertEquals(
    ["127.0.0.1", "0.0.0.0", "::", "::1"].map(isExact),
    [true, false, false, false],
  );
});
