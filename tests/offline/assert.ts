/**
 * What the tests use of `@std/assert`, for machines that cannot reach JSR, and
 * for Node and Bun.
 *
 * @module
 */
import {
  AssertionError,
  deepStrictEqual,
  notStrictEqual,
  ok,
  strictEqual,
} from "node:assert";

export { AssertionError };

/** A class, be it abstract. */
// deno-lint-ignore no-explicit-any -- nothing else stands for "whatever arguments"
type AnyClass<T> = abstract new (...args: any[]) => T;

/** A class that can be instantiated. */
// deno-lint-ignore no-explicit-any -- as above
type Class<T> = new (...args: any[]) => T;

/** Asserts that `expr` is truthy. */
export function assert(expr: unknown, msg = ""): asserts expr {
  ok(expr, msg || "Expected a truthy value");
}

/** Asserts that two values are equal, all the way down. */
export function assertEquals<T>(actual: T, expected: T, msg?: string): void {
  deepStrictEqual(actual, expected, msg);
}

/** Asserts that two values are the same, as `Object.is` sees it. */
export function assertStrictEquals<T>(
  actual: unknown,
  expected: T,
  msg?: string,
): asserts actual is T {
  strictEqual(actual, expected, msg);
}

/** Asserts that two values are not the same, as `Object.is` sees it. */
export function assertNotStrictEquals<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  notStrictEqual(actual, expected, msg);
}

/** Asserts that `actual` is an instance of a class, or of one that extends it. */
export function assertInstanceOf<T>(
  actual: unknown,
  expectedType: AnyClass<T>,
  msg?: string,
): asserts actual is T {
  if (actual instanceof expectedType) return;
  fail(msg ?? `Expected a ${expectedType.name}, got ${described(actual)}`);
}

/** Asserts that a string has another in it. */
export function assertStringIncludes(
  actual: string,
  expected: string,
  msg?: string,
): void {
  if (actual.includes(expected)) return;
  fail(msg ?? `Expected "${actual}" to include "${expected}"`);
}

/** Asserts that a string matches a pattern. */
export function assertMatch(
  actual: string,
  expected: RegExp,
  msg?: string,
): void {
  if (expected.test(actual)) return;
  fail(msg ?? `Expected "${actual}" to match ${expected}`);
}

/** Asserts that `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T, msg?: string): void {
  if (actual > expected) return;
  fail(msg ?? `Expected ${actual} > ${expected}`);
}

/** Asserts that `actual >= expected`. */
export function assertGreaterOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  if (actual >= expected) return;
  fail(msg ?? `Expected ${actual} >= ${expected}`);
}

/** Asserts that `actual < expected`. */
export function assertLess<T>(actual: T, expected: T, msg?: string): void {
  if (actual < expected) return;
  fail(msg ?? `Expected ${actual} < ${expected}`);
}

/** Asserts that `actual <= expected`. */
export function assertLessOrEqual<T>(
  actual: T,
  expected: T,
  msg?: string,
): void {
  if (actual <= expected) return;
  fail(msg ?? `Expected ${actual} <= ${expected}`);
}

/** Fails. */
export function fail(msg?: string): never {
  throw new AssertionError({ message: msg ?? "Failed assertion." });
}

/** Asserts that `fn` throws, and returns what it throws. */
export function assertThrows(fn: () => unknown, msg?: string): unknown;
/** Asserts that `fn` throws an error of a class, with `msgIncludes` in its message. */
export function assertThrows<E extends Error = Error>(
  fn: () => unknown,
  ErrorClass: Class<E>,
  msgIncludes?: string,
  msg?: string,
): E;
export function assertThrows(
  fn: () => unknown,
  classOrMsg?: Class<Error> | string,
  ...rest: (string | undefined)[]
): unknown {
  try {
    fn();
  } catch (error) {
    return checkedError(error, classOrMsg, ...rest);
  }
  fail(unthrown("throw", classOrMsg, rest));
}

/** Asserts that the promise of `fn` rejects, and returns what it rejects with. */
export function assertRejects(
  fn: () => PromiseLike<unknown>,
  msg?: string,
): Promise<unknown>;
/** Asserts that the promise of `fn` rejects with an error of a class, with `msgIncludes` in its message. */
export function assertRejects<E extends Error = Error>(
  fn: () => PromiseLike<unknown>,
  ErrorClass: Class<E>,
  msgIncludes?: string,
  msg?: string,
): Promise<E>;
export async function assertRejects(
  fn: () => PromiseLike<unknown>,
  classOrMsg?: Class<Error> | string,
  ...rest: (string | undefined)[]
): Promise<unknown> {
  let promise: PromiseLike<unknown> | undefined;
  try {
    promise = fn();
    await promise;
  } catch (error) {
    if (promise === undefined) {
      fail(`Expected a rejection, but it was thrown: ${described(error)}`);
    }
    return checkedError(error, classOrMsg, ...rest);
  }
  fail(unthrown("reject", classOrMsg, rest));
}

/** The error, once it is of the class asked for and says what it should. */
function checkedError(
  error: unknown,
  classOrMsg: Class<Error> | string | undefined,
  msgIncludes?: string,
  msg?: string,
): unknown {
  if (typeof classOrMsg !== "function") return error;
  assertInstanceOf(error, classOrMsg, msg);
  if (msgIncludes !== undefined) {
    assertStringIncludes(error.message, msgIncludes, msg);
  }
  return error;
}

function unthrown(
  verb: string,
  classOrMsg: Class<Error> | string | undefined,
  [, msg]: (string | undefined)[],
): string {
  const own = typeof classOrMsg === "string" ? classOrMsg : msg;
  return own ?? `Expected the function to ${verb}`;
}

function described(value: unknown): string {
  return value instanceof Error
    ? `${value.name}: ${value.message}`
    : String(value);
}
