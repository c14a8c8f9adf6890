import { assert, assertEquals, assertThrows } from "@std/assert";
import { AddressBlocks, hostOf } from "../../src/server/address_blocks.ts";

const contained: [block: string, address: string, has: boolean][] = [
  ["10.0.0.0/8", "10.255.255.255", true],
  ["10.0.0.0/8", "11.0.0.0", false],
  ["10.0.0.0/8", "::ffff:10.1.2.3", true],
  ["10.0.0.0/8", "::ffff:a01:203", true],
  ["10.0.0.0/8", "::10.1.2.3", false],
  ["10.1.2.3", "10.1.2.3", true],
  ["10.1.2.3", "10.1.2.4", false],
  ["10.1.2.3/32", "10.1.2.3", true],
  ["128.0.0.0/1", "255.255.255.255", true],
  ["128.0.0.0/1", "127.255.255.255", false],
  ["0.0.0.0/0", "203.0.113.9", true],
  ["0.0.0.0/0", "::ffff:203.0.113.9", true],
  ["0.0.0.0/0", "::1", false],
  ["::/0", "2001:db8::1", true],
  ["::/0", "203.0.113.9", false],
  ["::/0", "::ffff:203.0.113.9", false],
  ["::ffff:0:0/96", "203.0.113.9", true],
  ["::ffff:10.0.0.0/104", "10.9.9.9", true],
  ["::ffff:10.0.0.1", "10.0.0.1", true],
  ["2001:db8::/32", "2001:db8:ffff::1", true],
  ["2001:db8::/32", "2001:db9::", false],
  ["2001:DB8:0:0:0:0:0:1", "2001:db8::1", true],
  ["fe80::/10", "fe80::1%eth0", true],
  ["fe80::/10", "fec0::1", false],
  ["::1", "::1", true],
  ["::1", "::1%lo", true],
  ["::8000:0:0:0/65", "::8000:0:0:1", true],
  ["::8000:0:0:0/65", "::7fff:0:0:1", false],
];

for (const [block, address, has] of contained) {
  Deno.test(`${block} ${has ? "has" : "has not"} ${address}`, () => {
    assertEquals(new AddressBlocks([block], "deny").has(address), has);
  });
}

Deno.test("AddressBlocks holds blocks of many lengths and both families", () => {
  const blocks = new AddressBlocks(
    ["10.0.0.0/8", "10.0.0.0/8", "192.0.2.0/24", "192.0.2.9", "fd00::/8"],
    "allow",
  );
  for (const address of ["10.1.1.1", "192.0.2.77", "fd12::1"]) {
    assert(blocks.has(address), address);
  }
  for (const address of ["192.0.3.1", "9.255.255.255", "fe00::1", ""]) {
    assert(!blocks.has(address), address);
  }
});

Deno.test("AddressBlocks names the block that was meant", () => {
  const remedies = [
    ["10.1.2.3/8", '"10.0.0.0/8"'],
    ["2001:db8::1:0:0:1/64", '"2001:db8::/64"'],
    ["::ffff:10.1.2.3/104", '"10.0.0.0/8"'],
  ];
  for (const [block, remedy] of remedies) {
    assertThrows(
      () => new AddressBlocks([block], "deny"),
      TypeError,
      `Cannot use deny "${block}": it has bits beyond its prefix; give ${remedy}`,
    );
  }
});

Deno.test("hostOf gives every notation of an IPv4 address one host", () => {
  for (
    const form of ["127.0.0.1", "::ffff:127.0.0.1", "::FFFF:7f00:1"]
  ) assertEquals(hostOf(form, 64), "127.0.0.1");
});

const sameHost: [one: string, other: string, length: number, same: boolean][] =
  [
    ["2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", 64, true],
    ["2001:db8::1", "2001:DB8:0:0:8000::", 64, true],
    ["2001:db8::1", "2001:db8:0:1::1", 64, false],
    ["2001:db8:0:10::1", "2001:db8:0:1f::1", 60, true],
    ["2001:db8:0:10::1", "2001:db8:0:20::1", 60, false],
    ["2001:db8:0:ff::1", "2001:db8::1", 56, true],
    ["2001:db8:0:100::1", "2001:db8::1", 56, false],
    ["2001:db8::1", "2001:db8::2", 128, false],
    ["2001:db8::1", "2001:db8:0::0:1", 128, true],
    ["2001:db8::1", "2001:db8::1%eth0", 64, true],
    ["::", "7fff::", 1, true],
    ["::", "8000::", 1, false],
    ["::1", "::2", 64, true],
    ["::1", "127.0.0.1", 64, false],
    ["::7f00:1", "127.0.0.1", 64, false],
    ["::ffff:10.0.0.1", "::ffff:10.0.0.2", 64, false],
    ["64:ff9b::10.0.0.1", "64:ff9b::10.0.0.2", 96, true],
    ["fe80::1%eth0", "fe80::2%eth0", 64, false],
    ["fe80::1%eth0", "fe80::1%eth1", 64, false],
    ["febf::1%eth0", "febf::2%eth0", 64, false],
    ["fec0::1", "fec0::2", 64, true],
    ["fe7f::1", "fe7f::2", 64, true],
    ["fd00::1", "fd00::2", 64, true],
  ];

for (const [one, other, length, same] of sameHost) {
  Deno.test(`hostOf makes ${one} and ${other} ${same ? "one host" : "two hosts"} by /${length}`, () => {
    assertEquals(hostOf(one, length) === hostOf(other, length), same);
  });
}

Deno.test("hostOf tells prefixes of different lengths from addresses", () => {
  assertEquals(hostOf("not an address", 64), "not an address");
  assertEquals(hostOf("fe80::1%eth0", 64), "fe80::1%eth0");
});
