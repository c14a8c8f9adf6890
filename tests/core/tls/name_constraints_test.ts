import { assertEquals, assertThrows } from "@std/assert";
import { DerError, DerReader } from "../../../src/core/tls/der.ts";
import {
  readConstraints,
  violation,
} from "../../../src/core/tls/name_constraints.ts";
import { test } from "../../harness.ts";
import {
  directory,
  names,
  tlv,
  type Written,
  written,
} from "./written_names.ts";

const none = { skip: undefined };

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

test("violation() returns names that are not permitted", none, () => {
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

test("violation() returns names that are excluded", none, () => {
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

test(
  "readConstraints() throws DerError for constraints that cannot be applied",
  none,
  () => {
    const wrong: Written[] = [
      ["ip", [10, 0, 0, 0, 255, 0, 255, 0]],
      ["ip", [10, 0, 0, 0]],
      ["dns", "*.a.test"],
      ["dns", "a.test."],
      ["uri", ""],
    ];
    for (const base of wrong) {
      assertThrows(
        () => allows([base], [], []),
        DerError,
        undefined,
        `${base}`,
      );
    }
    assertThrows(() => allows([], [], []), DerError);
    return Promise.resolve();
  },
);
