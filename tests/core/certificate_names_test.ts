import { assertEquals, assertThrows } from "@std/assert";
import { DerError, DerReader } from "../../src/core/tls/der.ts";
import {
  describe,
  type GeneralName,
  isFor,
  readNames,
} from "../../src/core/tls/general_names.ts";
import {
  readConstraints,
  violation,
} from "../../src/core/tls/name_constraints.ts";
import { parseHostname } from "../../src/core/options/hostname.ts";
import { test } from "../harness.ts";

const none = { skip: undefined };

const TAGS = { email: 0x81, dns: 0x82, directory: 0xa4, uri: 0x86, ip: 0x87 };
type Written = [kind: keyof typeof TAGS, value: string | number[]];

/** An element in DER. Nothing here has more than 255 bytes. */
function tlv(tag: number, ...parts: Iterable<number>[]): number[] {
  const contents = parts.flatMap((part) => [...part]);
  const { length } = contents;
  return [tag, ...length < 128 ? [] : [0x81], length, ...contents];
}

function written([kind, value]: Written): number[] {
  return tlv(
    TAGS[kind],
    typeof value === "string" ? new TextEncoder().encode(value) : value,
  );
}

function names(...list: Written[]): GeneralName[] {
  const bytes = tlv(0x30, ...list.map(written));
  return readNames(new DerReader(Uint8Array.from(bytes)));
}

/** A distinguished name with a common name. */
function directory(commonName: string, tag = 12): number[] {
  const text = new TextEncoder().encode(commonName);
  const type = tlv(6, [0x55, 4, 3]);
  return tlv(0x30, tlv(0x31, tlv(0x30, type, tlv(tag, text))));
}

function matches(host: string, ...list: Written[]): boolean {
  return isFor(names(...list), parseHostname(host, "use TLS with"));
}

test("isFor() matches DNS names by whole labels", none, () => {
  const right: [host: string, name: string][] = [
    ["a.test", "a.test"],
    ["A.test", "a.TEST"],
    ["a.test.", "a.test"],
    ["b.a.test", "*.a.test"],
    ["_b.a.test", "*.a.test"],
    ["xn--bcher-kva.a.test", "*.a.test"],
    ["_sip.a.test", "_sip.a.test"],
  ];
  for (const [host, name] of right) {
    assertEquals(matches(host, ["dns", name]), true, `${host} ${name}`);
  }
  const wrong: [host: string, name: string][] = [
    ["a.test", "b.test"],
    ["a.test", "a.test."],
    ["a.test", ".a.test"],
    ["a.test", "*.a.test"],
    ["c.b.a.test", "*.a.test"],
    ["c.b.a.test", "*.*.a.test"],
    ["foo.a.test", "f*.a.test"],
    ["foo.a.test", "*o.a.test"],
    ["foo.a.test", "foo.*.test"],
    ["a.test", "*.test"],
    ["test", "*"],
    ["a.test", ""],
    ["a.test", "a.test\0.evil.test"],
    ["a.test", "evil.test, DNS:a.test"],
    ["a.test", "evil.test,a.test"],
    ["a.test", " a.test"],
  ];
  for (const [host, name] of wrong) {
    assertEquals(matches(host, ["dns", name]), false, `${host} ${name}`);
  }
  assertEquals(matches("a.test", ["email", "a.test"]), false);
  assertEquals(matches("a.test", ["uri", "a.test"]), false);
  return Promise.resolve();
});

test("isFor() matches addresses by their bytes", none, () => {
  const one = [...Array(15).fill(0), 1];
  assertEquals(matches("127.0.0.1", ["ip", [127, 0, 0, 1]]), true);
  assertEquals(matches("127.0.0.1", ["ip", [127, 0, 0, 2]]), false);
  assertEquals(matches("::1", ["ip", one]), true);
  assertEquals(matches("[0:0::1]", ["ip", one]), true);
  assertEquals(
    matches("fe80::1%2", ["ip", [0xfe, 0x80, ...one.slice(2)]]),
    true,
  );
  const mapped = [...Array(10).fill(0), 255, 255, 127, 0, 0, 1];
  assertEquals(matches("::ffff:127.0.0.1", ["ip", mapped]), true);
  assertEquals(matches("127.0.0.1", ["ip", mapped]), false);
  assertEquals(matches("127.0.0.1", ["dns", "127.0.0.1"]), false);
  assertThrows(() => names(["ip", [127, 0, 0, 1, 0]]), DerError);
  return Promise.resolve();
});

test("describe() lists names and addresses", none, () => {
  assertEquals(
    describe(names(
      ["dns", "a.test"],
      ["email", "me@a.test"],
      ["ip", [127, 0, 0, 1]],
      ["ip", [...Array(15).fill(0), 1]],
    )),
    ["a.test", "127.0.0.1", "::1"],
  );
  return Promise.resolve();
});

/** Whether names are allowed by constraints. */
function allows(
  permitted: Written[],
  excluded: Written[],
  list: Written[],
  subject = [0x30, 0],
): boolean {
  const trees = (tag: number, bases: Written[]) =>
    bases.length === 0
      ? []
      : tlv(tag, ...bases.map((base) => tlv(0x30, written(base))));
  const bytes = tlv(0x30, trees(0xa0, permitted), trees(0xa1, excluded));
  const constraints = readConstraints(new DerReader(Uint8Array.from(bytes)));
  return violation(constraints, {
    names: list.length === 0 ? [] : names(...list),
    subject: Uint8Array.from(subject),
  }) === undefined;
}

test("violation() finds names outside of what is permitted", none, () => {
  const cases: [allowed: boolean, Written, Written][] = [
    [true, ["dns", "a.test"], ["dns", "a.test"]],
    [true, ["dns", "a.test"], ["dns", "b.A.test"]],
    [true, ["dns", "a.test"], ["dns", "*.a.test"]],
    [false, ["dns", "a.test"], ["dns", "aa.test"]],
    [false, ["dns", "b.a.test"], ["dns", "*.a.test"]],
    [false, ["dns", ".a.test"], ["dns", "a.test"]],
    [true, ["dns", ".a.test"], ["dns", "b.a.test"]],
    [true, ["dns", ""], ["dns", "b.a.test"]],
    [false, ["dns", "a.test"], ["dns", "evil.test, DNS:a.test"]],
    [true, ["ip", [10, 0, 0, 0, 255, 0, 0, 0]], ["ip", [10, 1, 2, 3]]],
    [false, ["ip", [10, 0, 0, 0, 255, 0, 0, 0]], ["ip", [11, 1, 2, 3]]],
    [false, ["ip", [0, 0, 0, 0, 0, 0, 0, 0]], ["ip", Array(16).fill(0)]],
    [true, ["email", "a.test"], ["email", "me@a.test"]],
    [false, ["email", "a.test"], ["email", "me@b.a.test"]],
    [true, ["email", ".a.test"], ["email", "me@b.a.test"]],
    [true, ["email", "me@a.test"], ["email", "me@A.test"]],
    [false, ["email", "me@a.test"], ["email", "ME@a.test"]],
    [true, ["uri", "a.test"], ["uri", "https://me@a.test:1/x"]],
    [false, ["uri", "a.test"], ["uri", "https://evil.test/a.test"]],
    [false, ["uri", "a.test"], ["uri", "urn:a.test"]],
    // Constraints on one kind of name say nothing of others.
    [true, ["uri", "a.test"], ["dns", "evil.test"]],
  ];
  for (const [allowed, base, name] of cases) {
    assertEquals(
      allows([base], [], [name]),
      allowed,
      JSON.stringify([base, name]),
    );
  }
  return Promise.resolve();
});

test("violation() finds names that are excluded", none, () => {
  const cases: [allowed: boolean, Written, Written][] = [
    [false, ["dns", "a.test"], ["dns", "b.a.test"]],
    [true, ["dns", "a.test"], ["dns", "b.test"]],
    // It stands for b.a.test too.
    [false, ["dns", "b.a.test"], ["dns", "*.a.test"]],
    [true, ["dns", "c.b.a.test"], ["dns", "*.a.test"]],
    [false, ["ip", [10, 0, 0, 0, 255, 0, 0, 0]], ["ip", [10, 1, 2, 3]]],
    [false, ["email", "a.test"], ["email", "me@a.test"]],
    [false, ["directory", directory("Evil  One")], [
      "directory",
      directory("evil one", 19),
    ]],
    [true, ["directory", directory("Evil")], ["directory", directory("Good")]],
  ];
  for (const [allowed, base, name] of cases) {
    assertEquals(
      allows([], [base], [name]),
      allowed,
      JSON.stringify([base, name]),
    );
  }
  assertEquals(
    allows([], [["directory", directory("Evil")]], [], directory("EVIL")),
    false,
  );
  return Promise.resolve();
});

test("readConstraints() refuses what it cannot apply", none, () => {
  const wrong: Written[] = [
    ["ip", [10, 0, 0, 0, 255, 0, 255, 0]],
    ["ip", [10, 0, 0, 0]],
    ["dns", "*.a.test"],
    ["dns", "a.test."],
    ["uri", ""],
  ];
  for (const base of wrong) {
    assertThrows(() => allows([base], [], []), DerError, undefined, `${base}`);
  }
  assertThrows(() => allows([], [], []), DerError);
  return Promise.resolve();
});
