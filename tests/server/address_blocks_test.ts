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

Deno.test("hostOf knows an IPv4 address in each of its forms", () => {
  for (
    const form of ["127.0.0.1", "::ffff:127.0.0.1", "::FFFF:7f00:1"]
  ) assertEquals(hostOf(form), "127.0.0.1");
  assertEquals(hostOf("fe80::1%eth0"), "fe80::1%eth0");
  assertEquals(hostOf("::1"), "::1");
});
