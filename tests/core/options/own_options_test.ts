import { assertEquals } from "@std/assert";
import {
  bareOptions,
  ownOption,
  ownOptions,
} from "../../../src/core/options/own_options.ts";
import { test } from "../../harness.ts";

test(
  "ownOptions() copies own properties, and calls each getter once",
  {},
  () => {
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
  },
);

test("ownOptions() copies __proto__ as a name like any other", {}, () => {
  const own = ownOptions(JSON.parse('{"__proto__": {"port": 1}}'));
  assertEquals(Object.keys(own), ["__proto__"]);
  assertEquals(own.port, undefined);
  return Promise.resolve();
});

test(
  "ownOptions() returns a value that is no object, and nothing of an array or a buffer",
  {},
  () => {
    for (const value of [undefined, null, 5, "port", true]) {
      assertEquals(ownOptions(value), value);
    }
    for (const value of [[1], new Uint8Array(1e8)]) {
      assertEquals(Object.keys(ownOptions(value)), []);
    }
    return Promise.resolve();
  },
);

Deno.test("ownOption() returns undefined when the property is inherited, or there is no object", () => {
  assertEquals(ownOption({ port: 1 }, "port"), 1);
  const inherited: { port?: number } = Object.create({ port: 1 });
  assertEquals(ownOption(inherited, "port"), undefined);

  assertEquals(
    ownOption(undefined as { port?: number } | undefined, "port"),
    undefined,
  );
});

Deno.test("bareOptions() copies options to an object without a prototype, and sets the rest to undefined", () => {
  const bare = bareOptions<{ port: number; hostname?: string }>(
    { port: 1 },
    ["hostname", "port"],
  );
  assertEquals(Object.getPrototypeOf(bare), null);
  assertEquals(Object.entries(bare), [["hostname", undefined], ["port", 1]]);
});
