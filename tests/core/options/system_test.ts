/** What is refused, and done otherwise, on systems that the tests do not run on. */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { planConnect, planListen } from "../../../src/core/options/stream.ts";
import { systemOf } from "../../../src/core/options/system.ts";
import { NotSupported, type SocketError } from "../../../src/api/errors.ts";

const WINDOWS = ["win32", "windows"];

Deno.test("systemOf() of Windows makes planListen() and planConnect() throw ENOTSUP for a path", () => {
  for (const os of WINDOWS) {
    const system = systemOf(os);
    const path = "C:\\x.sock";
    const calls = [
      ["listen", () => planListen({ path }, system)],
      ["listen", () => planListen({ path: "\\\\.\\pipe\\x" }, system)],
      ["listen", () => planListen({ path: "x".repeat(200) }, system)],
      ["connect", () => planConnect({ path }, system)],
    ] as const;
    for (const [operation, call] of calls) {
      const error = assertThrows(call, NotSupported) as SocketError;
      assertEquals([error.code, error.operation], ["ENOTSUP", operation]);
      assert(error.message.includes("use TCP on 127.0.0.1"), error.message);
      assert(error.message.includes("named pipes"), error.message);
    }
    // What no system takes is refused as everywhere.
    assertThrows(() => planListen({ path: "" }, system), TypeError);
    const mode = { path, mode: -1 };
    assertThrows(() => planListen(mode, system), RangeError);
    assertEquals(planListen({ port: 0 }, system).transport, "tcp");
  }
  for (const os of ["linux", "darwin", "android", "freebsd"]) {
    assertEquals(planListen({ path: "x" }, systemOf(os)).transport, "unix");
  }
});

Deno.test("systemOf() of Windows and macOS makes planListen() throw ENOTSUP for reusePort", () => {
  const options = { port: 0, reusePort: true };
  for (const os of [...WINDOWS, "darwin"]) {
    const refused = () => planListen(options, systemOf(os));
    const { message } = assertThrows(refused, NotSupported);
    assert(message.includes("leave reusePort out"), message);
    planListen({ port: 0, reusePort: false }, systemOf(os));
  }
  assertEquals(planListen(options, systemOf("linux")).transport, "tcp");
});

Deno.test("systemOf().maxPathBytes limits a path", () => {
  const path = "x".repeat(104);
  planListen({ path }, systemOf("linux"));
  assertThrows(() => planListen({ path }, systemOf("darwin")), TypeError);
});

Deno.test("systemOf().stopSignals has the signals that the system sends", () => {
  assertEquals(systemOf("linux").stopSignals, ["SIGINT", "SIGTERM"]);
  const onWindows = ["SIGINT", "SIGBREAK", "SIGHUP"] as const;
  for (const os of WINDOWS) assertEquals(systemOf(os).stopSignals, onWindows);
});

Deno.test("systemOf().ofOneConnection has EINVAL on macOS alone", () => {
  assert(systemOf("darwin").ofOneConnection.has("EINVAL"));
  assert(!systemOf("linux").ofOneConnection.has("EINVAL"));
  for (const os of ["linux", "darwin", "win32"]) {
    for (const code of ["EMFILE", "EBADF", "ENOBUFS"]) {
      assert(!systemOf(os).ofOneConnection.has(code));
    }
  }
});
