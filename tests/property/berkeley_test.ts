/**
 * The classic socket of streams beside a real one.
 *
 * @module
 */
import { test } from "../harness.ts";
import { compareRandomCalls, skip } from "./both_sockets.ts";
import { OPENING, Sockets } from "./socket_calls.ts";

test("Socket does what python3's does, whatever is called in whatever order", {
  skip,
  limitMs: 60_000,
}, () =>
  compareRandomCalls({
    weights: {
      socket: 4,
      bind: 4,
      bindTaken: 1,
      bindForeign: 1,
      listen: 4,
      connect: 6,
      accept: 6,
      send: 5,
      recv: 5,
      shutdown: 2,
      close: 2,
      getsockname: 1,
      getpeername: 1,
      reuseAddr: 1,
      badOption: 1,
    },
    opening: OPENING,
    model: () => new Sockets(),
  }));
