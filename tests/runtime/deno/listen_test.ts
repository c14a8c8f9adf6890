import { assertEquals } from "@std/assert";
import { openListener } from "../../../src/runtime/deno/listen.ts";

Deno.test("openListener() accepts on after ECONNRESET, ECONNABORTED, EPROTO and ENOTCONN", async () => {
  const codes = ["ECONNRESET", "ECONNABORTED", "EPROTO", "ENOTCONN"];
  const left = codes.map((code) => Object.assign(new Error(code), { code }));
  const addr = { transport: "tcp", hostname: "127.0.0.1", port: 1 } as const;
  const conn = {
    localAddr: addr,
    remoteAddr: addr,
    ref() {},
    unref() {},
    close() {},
    read: () => new Promise(() => {}),
  } as unknown as Deno.TcpConn;
  const inner = {
    accept() {
      const error = left.shift();
      return error === undefined
        ? Promise.resolve(conn)
        : Promise.reject(error);
    },
    ref() {},
    unref() {},
    close() {},
  } as unknown as Deno.TcpListener;
  const listener = openListener(inner, {
    bound: () => addr,
    ends: () => ({ localAddr: addr, remoteAddr: addr }),
    close: (stop) => void stop(),
  });
  for await (const accepted of listener) {
    assertEquals(accepted.remoteAddr, addr);
    break;
  }
  assertEquals(left, []);
  listener.close();
});
