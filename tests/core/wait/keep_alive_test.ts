import { assertEquals } from "@std/assert";
import {
  KeepAlive,
  type RefHandle,
} from "../../../src/core/wait/keep_alive.ts";
import { test } from "../../harness.ts";

/** Records its calls, and has an event for each. */
class FakeHandle implements RefHandle {
  readonly log: string[] = [];
  #next = Promise.withResolvers<void>();

  ref(): void {
    this.#called("ref");
  }
  unref(): void {
    this.#called("unref");
  }
  /** Waits for the next call. */
  async next(): Promise<void> {
    await this.#next.promise;
  }
  #called(name: string): void {
    this.log.push(name);
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }
}

/** An instance that has let its handle go, as when a connection is idle. */
async function idle() {
  const handle = new FakeHandle();
  const keepAlive = new KeepAlive(handle);
  await handle.next();
  handle.log.length = 0;
  return { handle, keepAlive };
}

test(
  "new KeepAlive() calls unref() when no call begins to wait",
  {},
  async () => {
    const handle = new FakeHandle();
    new KeepAlive(handle);
    assertEquals(handle.log, []);
    await handle.next();
    assertEquals(handle.log, ["unref"]);
  },
);

test(
  "KeepAlive.waiting() calls ref() for the first call that waits, and unref() after the last",
  {},
  async () => {
    const { handle, keepAlive } = await idle();
    keepAlive.waiting(true);
    keepAlive.waiting(true);
    assertEquals(handle.log, ["ref"]);
    keepAlive.waiting(false);
    await idle();
    assertEquals(handle.log, ["ref"]);
    keepAlive.waiting(false);
    await handle.next();
    assertEquals(handle.log, ["ref", "unref"]);
  },
);

test(
  "KeepAlive.waiting() calls neither ref() nor unref() for each of many waits in a row",
  {},
  async () => {
    const { handle, keepAlive } = await idle();
    for (let i = 0; i < 100; i++) {
      keepAlive.waiting(true);
      keepAlive.waiting(false);
    }
    assertEquals(handle.log, ["ref"]);
    await handle.next();
    assertEquals(handle.log, ["ref", "unref"]);
  },
);

test(
  "KeepAlive.unref() calls unref() while calls wait, and ref() undoes it",
  {},
  async () => {
    const { handle, keepAlive } = await idle();
    keepAlive.waiting(true);
    keepAlive.unref();
    keepAlive.ref();
    assertEquals(handle.log, ["ref", "unref", "ref"]);
    keepAlive.end();
  },
);

test(
  "KeepAlive.unref() does not call unref() while bytes are still to be sent",
  {},
  async () => {
    const { handle, keepAlive } = await idle();
    keepAlive.unref();
    keepAlive.sending(true);
    assertEquals(handle.log, ["ref"]);
    keepAlive.waiting(true);
    keepAlive.unref();
    assertEquals(handle.log, ["ref"]);
    keepAlive.sending(false);
    await handle.next();
    assertEquals(handle.log, ["ref", "unref"]);
  },
);

test("KeepAlive.end() calls the handle no more", {}, async () => {
  const handle = new FakeHandle();
  const keepAlive = new KeepAlive(handle);
  keepAlive.waiting(true);
  keepAlive.end();
  keepAlive.waiting(false);
  keepAlive.unref();
  await idle();
  assertEquals(handle.log, []);
});
