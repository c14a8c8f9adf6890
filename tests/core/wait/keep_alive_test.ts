import { assertEquals } from "@std/assert";
import { KeepAlive } from "../../../src/core/wait/keep_alive.ts";

/** A keep-alive whose handle records its calls. */
function recorded() {
  const log: string[] = [];
  const handle = {
    ref: () => log.push("ref"),
    unref: () => log.push("unref"),
  };
  return { keepAlive: new KeepAlive(handle), log };
}

/** Longer than an idle handle is kept. */
function released(log: string[], calls: number): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (log.length >= calls) resolve();
      else setTimeout(look, 1);
    };
    look();
  });
}

Deno.test("KeepAlive releases an idle handle, and holds it while a call waits", async () => {
  const { keepAlive, log } = recorded();
  await released(log, 1);
  keepAlive.waiting(true);
  assertEquals(log, ["unref", "ref"]);
  keepAlive.waiting(false);
  await released(log, 3);
  assertEquals(log, ["unref", "ref", "unref"]);
});

Deno.test("KeepAlive makes no call for waits that follow each other", async () => {
  const { keepAlive, log } = recorded();
  for (let i = 0; i < 100; i++) {
    keepAlive.waiting(true);
    keepAlive.waiting(false);
  }
  assertEquals(log, []);
  await released(log, 1);
  assertEquals(log, ["unref"]);
});

Deno.test("KeepAlive.unref() releases waiting calls at once, but not bytes to send", async () => {
  const { keepAlive, log } = recorded();
  keepAlive.sending(true);
  keepAlive.waiting(true);
  keepAlive.unref();
  assertEquals(log, []);
  const other = recorded();
  other.keepAlive.waiting(true);
  other.keepAlive.unref();
  assertEquals(other.log, ["unref"]);
  other.keepAlive.ref();
  assertEquals(other.log, ["unref", "ref"]);
  assertEquals(log, []);
  keepAlive.sending(false);
  await released(log, 1);
  other.keepAlive.waiting(false);
  await released(other.log, 3);
});

Deno.test("KeepAlive.end() calls the handle no more", async () => {
  const { keepAlive, log } = recorded();
  keepAlive.end();
  keepAlive.waiting(true);
  keepAlive.waiting(false);
  const { log: later } = recorded();
  await released(later, 1);
  assertEquals(log, []);
});
