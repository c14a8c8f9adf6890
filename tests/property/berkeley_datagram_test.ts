/**
 * The classic socket of datagrams beside a real one.
 *
 * @module
 */
import { test } from "../harness.ts";
import { compareRandomCalls, skip } from "./both_sockets.ts";
import { DATAGRAM_OPENING, DatagramSockets } from "./datagram_calls.ts";

test(
  "Socket does with datagrams what python3's does, whatever is called in whatever order",
  {
    skip,
    limitMs: 60_000,
  },
  () =>
    compareRandomCalls({
      weights: {
        socket: 2,
        bind: 3,
        bindTaken: 1,
        bindForeign: 1,
        connect: 7,
        send: 6,
        sendto: 6,
        sendtoAll: 2,
        recv: 4,
        recvfrom: 4,
        shutdown: 2,
        close: 1,
        listen: 1,
        accept: 1,
        getsockname: 1,
        getpeername: 3,
        reuseAddr: 1,
        broadcast: 2,
        badOption: 1,
      },
      opening: DATAGRAM_OPENING,
      model: () => new DatagramSockets(),
    }),
);
