/**
 * Datagram sockets of Deno, on `node:dgram`, because `Deno.listenDatagram` needs a
 * flag.
 *
 * Deno's `node:dgram` is incomplete (seen with 2.9). Buffer sizes are stored and not
 * set, and `connect()` does not connect the kernel's socket. The TTL is set for IPv4
 * only, failed sends have no errno, and `ref()` has no effect on a pending receive.
 *
 * @module
 */
import type { Socket } from "node:dgram";
import { socketError } from "../../core/errno.ts";
import { SocketError } from "../../api/errors.ts";
import { checkZone } from "./zones.ts";
import type { NetAddr } from "../../api/stream.ts";
import type { DgramTraits, Holder } from "../node_api/dgram_traits.ts";
import { datagramsOf } from "../node_api/dgram.ts";

/** The code of every failed send and receive of Deno, except for a datagram too long. */
const UNTOLD = "UNKNOWN";

const traits: DgramTraits = {
  refusal(plan) {
    if (plan.reusePort) return "Deno cannot set reusePort";
    if (plan.receiveBufferBytes !== undefined) {
      return "Deno cannot set receiveBufferBytes";
    }
    if (plan.sendBufferBytes !== undefined) {
      return "Deno cannot set sendBufferBytes";
    }
    return undefined;
  },
  connects: false,
  ownsBuffers: false,
  ordersSends: false,
  refusesTwice: false,
  controls6: false,
  addressesFree,
  prepare(socket) {
    // All receives of Deno keep the process alive, unless `unref()` is called before
    // the first.
    socket.unref();
  },
  // Not on Windows: there a datagram longer than the buffer fails the receive, so that
  // any host could cause errors. On other systems it is truncated.
  ...Deno.build.os !== "windows" && { limit },
  // The wildcard address, because the kernel does not choose a local address for an
  // unconnected socket. For a loopback peer the local address is known.
  localFor({ name, family }) {
    if (family === 6) {
      if (name.startsWith("::ffff:127.")) return "::ffff:127.0.0.1";
      return name === "::1" ? name : "::";
    }
    return name.startsWith("127.") ? "127.0.0.1" : "0.0.0.0";
  },
  zoned(address, operation, asked) {
    checkZone(address, operation, asked);
    return address;
  },
  // On Windows a refusal of an earlier datagram fails a receive (WSAECONNRESET): any
  // host could end a loop that way. Deno reports every failure there with the same
  // code.
  isOfOne: (error) =>
    Deno.build.os === "windows" && (error as { code?: string }).code === UNTOLD,
  holder: () => new Timer(),
  explain,
};

/**
 * Limits the buffer that Deno allocates for each receive. Its length is the stored
 * receive buffer size: on Linux, twice the size that was set.
 *
 * If a later Deno sets the kernel's size, the kernel raises a size of 1. The size is
 * then restored.
 */
function limit(socket: Socket, maxBytes: number): void {
  const before = socket.getRecvBufferSize();
  // One byte more, to detect truncation.
  if (maxBytes + 1 >= before) return;
  socket.setRecvBufferSize(1);
  const factor = socket.getRecvBufferSize();
  socket.setRecvBufferSize(
    factor <= 2 ? Math.ceil((maxBytes + 1) / factor) : before,
  );
}

/** Whether a socket was closed since `freeing` was created. */
let closedOne = false;
/** Resolves when the addresses of sockets that were closed before are free. */
let freeing: Promise<void> = Promise.resolve();

/**
 * Waits until the addresses of closed sockets are free. Deno holds a closed socket
 * until its receive is rejected, in the next turn of the event loop.
 */
function addressesFree(): Promise<void> {
  if (closedOne) {
    closedOne = false;
    freeing = twoTurns();
  }
  return freeing;
}

async function twoTurns(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  await new Promise((resolve) => setTimeout(resolve));
}

/** The longest delay of a timer. */
const LONG_MS = 2 ** 31 - 1;

/**
 * Keeps the process alive instead of the socket, whose `ref()` has no effect on a
 * pending receive.
 */
class Timer implements Holder {
  // With Node's types, which the npm package is built with, it is an object.
  readonly #timer = setInterval(() => {}, LONG_MS) as unknown as number;
  #waiting = false;
  #isRef = true;

  constructor() {
    Deno.unrefTimer(this.#timer);
  }

  waiting(begun: boolean): void {
    this.#waiting = begun;
    if (!this.#isRef) return;
    if (begun) Deno.refTimer(this.#timer);
    else Deno.unrefTimer(this.#timer);
  }

  ref(): void {
    this.#isRef = true;
    if (this.#waiting) Deno.refTimer(this.#timer);
  }

  unref(): void {
    this.#isRef = false;
    Deno.unrefTimer(this.#timer);
  }

  end(): void {
    closedOne = true;
    clearInterval(this.#timer);
  }
}

function explain(error: Error, broadcast: boolean | undefined): Error {
  if (!(error instanceof SocketError)) return error;
  const { operation, address, cause } = error;
  if (cause instanceof Deno.errors.NotCapable) return cause;
  const { hostname, port } = address as NetAddr;
  // A lookup without permission fails with EPERM, and names no permission.
  if (
    error.code === "ENOTFOUND" && (cause as { code?: string }).code === "EPERM"
  ) {
    return notCapable(hostname);
  }
  if (error.code !== UNTOLD) return error;
  const host = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  const { state } = Deno.permissions.querySync({ name: "net", host });
  if (state !== "granted") return notCapable(host);
  // Probably a broadcast address: the only known cause of a refusal here is that
  // SO_BROADCAST is not set.
  if (broadcast === false && hostname.endsWith(".255")) {
    return socketError("EACCES", operation, address, { cause });
  }
  return socketError("EUNKNOWN", operation, address, {
    cause,
    reason: "the system refused, and Deno does not tell why",
  });
}

/** Creates the error that Deno throws for a missing permission. */
function notCapable(host: string): Error {
  return new Deno.errors.NotCapable(
    `Requires net access to "${host}", run again with the --allow-net flag`,
  );
}

export const { listenDatagram, connectDatagram } = datagramsOf(traits);
