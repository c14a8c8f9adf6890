import { assertEquals, assertThrows } from "@std/assert";
import {
  checkNames,
  knownOptions,
  only,
  OPTIONS,
} from "../../../src/core/options/option_names.ts";

Deno.test("checkNames() names the nearest option of a misspelled one", () => {
  const message = (name: string) => {
    const call = () => checkNames({ [name]: 1 }, OPTIONS.listen, "listen");
    return assertThrows(call, TypeError).message;
  };
  assertEquals(
    message("prot"),
    'Cannot listen with option "prot": did you mean "port"?',
  );
  assertEquals(message("host").includes('"hostname"'), true);
});

Deno.test("checkNames() names the function that an option belongs to", () => {
  const call = () => checkNames({ backlog: 1 }, OPTIONS.connect, "connect");
  assertThrows(call, TypeError, "that is an option of listen");
});

Deno.test("checkNames() ignores undefined and inherited options", () => {
  checkNames({ prot: undefined }, OPTIONS.listen, "listen");
  checkNames(Object.create({ prot: 1 }), OPTIONS.listen, "listen");
});

Deno.test("knownOptions() copies own properties, without a prototype", () => {
  const own = knownOptions({ port: 1 }, OPTIONS.listen, "listen");
  assertEquals(Object.getPrototypeOf(own), null);
  assertEquals({ ...own }, { port: 1 });
  const call = () => knownOptions([1], OPTIONS.listen, "listen");
  assertThrows(call, TypeError, "an array");
});

Deno.test("only() leaves out the options of other functions", () => {
  const options = { port: 1, cert: "x" };
  assertEquals({ ...only(options, OPTIONS.listen) }, { port: 1 });
});
