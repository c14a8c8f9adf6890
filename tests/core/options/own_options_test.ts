import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  ownOption,
  ownOptions,
} from "../../../src/core/options/own_options.ts";
import { checkWait } from "../../../src/core/wait/pending_call.ts";
import { test } from "../../harness.ts";

test("ownOptions() copies what an object has itself, and asks once", {}, () => {
  let asked = 0;
  const given = Object.create({ inherited: 1 }, {
    hidden: { value: 2, enumerable: false },
    shown: { value: undefined, enumerable: true },
    got: {
      get() {
        return ++asked;
      },
    },
  });
  const own = ownOptions(given);
  assertEquals(Object.getPrototypeOf(own), null);
  assertEquals({ ...own }, { hidden: 2, shown: undefined, got: 1 });
  assertEquals(own.got, 1);
  assertEquals(asked, 1);
  assertEquals(ownOptions(own), own);
  return Promise.resolve();
});

test("ownOptions() takes __proto__ for a name like any other", {}, () => {
  const own = ownOptions(JSON.parse('{"__proto__": {"port": 1}}'));
  assertEquals(Object.keys(own), ["__proto__"]);
  assertEquals(own.port, undefined);
  return Promise.resolve();
});

test("ownOptions() leaves alone what has no options", {}, () => {
  for (const value of [undefined, null, 5, "port", true]) {
    assertEquals(ownOptions(value), value);
  }
  for (const value of [[1], new Uint8Array(1e8)]) {
    assertEquals(Object.keys(ownOptions(value)), []);
  }
  return Promise.resolve();
});

test("checkWait() looks at own properties only", {}, () => {
  const controller = new AbortController();
  controller.abort();
  const inherited = Object.create({
    signal: controller.signal,
    timeoutMs: "x",
  });
  assert(!checkWait(inherited));
  assert(!checkWait({}));
  assert(checkWait({ timeoutMs: 5 }));
  assertEquals(ownOption(inherited, "signal"), undefined);
  for (const value of [5, "x", true, null, controller]) {
    assertThrows(
      () => checkWait(value as never),
      TypeError,
      "Cannot wait with",
    );
  }
  return Promise.resolve();
});
