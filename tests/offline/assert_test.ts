/**
 * What the tests rely on, whether `@std/assert` is the real one or the
 * stand-in: run with and without the import map, this holds the two together.
 *
 * @module
 */
import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert";
import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertInstanceOf,
  AssertionError,
  assertLess,
  assertLessOrEqual,
  assertMatch,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
  fail,
} from "@std/assert";
import { test } from "../harness.ts";

const bytes = (...numbers: number[]) => new Uint8Array(numbers);
const error = new TypeError("Cannot do it: reason");
const thrower = () => {
  throw error;
};

const PASSING: Record<string, () => unknown> = {
  "assert() of a truthy value": () => assert(1),
  "assertEquals() of equal objects": () =>
    assertEquals({ a: [bytes(1, 2)], b: undefined }, {
      a: [bytes(1, 2)],
      b: undefined,
    }),
  "assertEquals() of NaN": () => assertEquals(NaN, NaN),
  "assertStrictEquals() of one object": () => assertStrictEquals(error, error),
  "assertNotStrictEquals() of equal objects": () =>
    assertNotStrictEquals({}, {}),
  "assertInstanceOf() of a subclass": () => assertInstanceOf(error, Error),
  "assertStringIncludes() of a part": () => assertStringIncludes("abc", "b"),
  "assertMatch() of a match": () => assertMatch("abc", /^a/),
  "assertGreater()": () => assertGreater(2, 1),
  "assertGreaterOrEqual() of equals": () => assertGreaterOrEqual(1, 1),
  "assertLess()": () => assertLess(1, 2),
  "assertLessOrEqual() of equals": () => assertLessOrEqual(1, 1),
};

const FAILING: Record<string, () => unknown> = {
  "assert() of a falsy value": () => assert(0),
  "assertEquals() of other bytes": () => assertEquals(bytes(1), bytes(2)),
  "assertEquals() of a number and its text": () =>
    assertEquals<unknown>(1, "1"),
  "assertEquals() of a missing key and undefined": () =>
    assertEquals<object>({ a: undefined }, {}),
  "assertEquals() of bytes and an array": () =>
    assertEquals<unknown>(bytes(1), [1]),
  "assertStrictEquals() of equal objects": () => assertStrictEquals({}, {}),
  "assertNotStrictEquals() of one object": () =>
    assertNotStrictEquals(error, error),
  "assertInstanceOf() of another class": () =>
    assertInstanceOf(error, RangeError),
  "assertStringIncludes() of something else": () =>
    assertStringIncludes("abc", "d"),
  "assertMatch() of no match": () => assertMatch("abc", /^b/),
  "assertGreater() of equals": () => assertGreater(1, 1),
  "assertGreaterOrEqual() of less": () => assertGreaterOrEqual(1, 2),
  "assertLess() of equals": () => assertLess(1, 1),
  "assertLessOrEqual() of more": () => assertLessOrEqual(2, 1),
  "fail()": () => fail("failed"),
  "assertThrows() of no throw": () => assertThrows(() => {}),
  "assertThrows() of another class": () => assertThrows(thrower, RangeError),
  "assertThrows() of another message": () =>
    assertThrows(thrower, TypeError, "no reason"),
};

const REJECTING: Record<string, () => Promise<unknown>> = {
  "assertRejects() of a value": () => assertRejects(() => Promise.resolve(1)),
  "assertRejects() of a throw": () => assertRejects(thrower, TypeError),
  "assertRejects() of another class": () =>
    assertRejects(() => Promise.reject(error), RangeError),
  "assertRejects() of another message": () =>
    assertRejects(() => Promise.reject(error), TypeError, "no reason"),
};

for (const [name, run] of Object.entries(PASSING)) {
  test(`${name} passes`, {}, () => Promise.resolve(void run()));
}

for (const [name, run] of Object.entries(FAILING)) {
  test(`${name} fails`, {}, () => Promise.resolve(throws(run, AssertionError)));
}

for (const [name, run] of Object.entries(REJECTING)) {
  test(`${name} fails`, {}, () => rejects(run, AssertionError));
}

test("assertThrows() returns the error", {}, async () => {
  strictEqual(assertThrows(thrower), error);
  strictEqual(assertThrows(thrower, Error, "reason"), error);
  await Promise.resolve();
});

test("assertRejects() returns the error", {}, async () => {
  const results = [
    await assertRejects(() => Promise.reject(error)),
    await assertRejects(() => Promise.reject(error), Error, "reason"),
  ];
  deepStrictEqual(results, [error, error]);
});

test("fail() says why", {}, async () => {
  const failure = assertThrows(() => fail("because"), AssertionError);
  strictEqual(failure.message.includes("because"), true);
  await Promise.resolve();
});
