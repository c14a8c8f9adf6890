import { assertEquals, assertThrows } from "@std/assert";
import { parseHostname } from "../../../src/core/options/hostname.ts";
import { DerError } from "../../../src/core/tls/der.ts";
import { describe, isFor } from "../../../src/core/tls/general_names.ts";
import { test } from "../../harness.ts";
import { names, type Written } from "./written_names.ts";

const none = { skip: undefined };

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
