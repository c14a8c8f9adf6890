import { assertEquals, assertThrows } from "@std/assert";
import {
  checkNumber,
  TIME_LIMIT,
} from "../../../src/core/options/check_number.ts";

Deno.test("checkNumber() takes whole numbers of a range", () => {
  const range = { least: 1, most: 3 };
  for (const value of [1, 2, 3]) {
    assertEquals(checkNumber("use n", value, range), value);
  }
  for (const value of [0, 4, 1.5, NaN, Infinity, -Infinity]) {
    assertThrows(
      () => checkNumber("use n", value, range),
      RangeError,
      `Cannot use n ${value}: give a whole number, 1..3`,
    );
  }
});

Deno.test("checkNumber() refuses what is no number with TypeError", () => {
  for (const [value, text] of [["2", '"2"'], [null, "null"], [2n, "2"]]) {
    assertThrows(
      () => checkNumber("use n", value, { least: 1 }),
      TypeError,
      `Cannot use n ${text}`,
    );
  }
});

Deno.test("checkNumber() says what a range without an upper end, and Infinity, mean", () => {
  const count = { least: 1, orInfinity: true };
  assertEquals(checkNumber("use n", Infinity, count), Infinity);
  assertThrows(
    () => checkNumber("use n", 0, count),
    RangeError,
    "give a whole number, 1 or more, or Infinity",
  );
  assertThrows(
    () => checkNumber("use n", 2 ** 53, { least: 1 }),
    RangeError,
    "1 or more",
  );
});

Deno.test("TIME_LIMIT takes fractions of a millisecond, and Infinity", () => {
  for (const ms of [0, 0.5, 2 ** 31 - 1, Infinity]) {
    assertEquals(checkNumber("wait", ms, TIME_LIMIT), ms);
  }
  assertThrows(
    () => checkNumber("wait", 2 ** 31, TIME_LIMIT),
    RangeError,
    "give milliseconds, 0..2147483647, or Infinity",
  );
});
