/**
 * Datagram sockets of Deno: Node's rooms, because `Deno.listenDatagram` needs a
 * flag.
 *
 * Deno's `node:dgram` keeps more from its caller than it seems (2.9): sizes of
 * buffers are remembered and not set, of a connected socket the system knows
 * nothing, numbers of hops are set for IPv4 alone, what a send failed for is
 * not told, and `ref()` comes too late for a receive that waits.
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

/** What Deno's sends and receives fail with, but for a datagram too long. */
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
    // Deno's receives keep the process alive from the first one on, unless it
    // is told so before.
    socket.unref();
  },
  // On Windows a datagram longer than the buffer is an error, which any host could
  // cause; cut off, it is one that was truncated.
  ...Deno.build.os !== "windows" && { limit },
  // The system is not asked which of its addresses it would take; that for a
  // loopback address is known.
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
  // On Windows a receive fails for what became of a datagram that was sent before
  // (WSAECONNRESET): any host could end a loop by that. Deno calls every failure
  // alike there.
  isOfOne: (error) =>
    Deno.build.os === "windows" && (error as { code?: string }).code === UNTOLD,
  holder: () => new Timer(),
  explain,
};

/**
 * Deno makes a buffer for each receive, as long as what it remembers for the size
 * of the system's: twice the number that is set, on Linux. Should it ever set
 * that size in earnest, which shows in one that no system takes, that stays as it is.
 */
function limit(socket: Socket, maxBytes: number): void {
  const before = socket.getRecvBufferSize();
  // One more, to see whether more came.
  if (maxBytes + 1 >= before) return;
  socket.setRecvBufferSize(1);
  const factor = socket.getRecvBufferSize();
  socket.setRecvBufferSize(
    factor <= 2 ? Math.ceil((maxBytes + 1) / factor) : before,
  );
}

/** Whether a socket was closed whose address may not be free yet. */
let closedOne = false;
/** When those that were closed until now are free. */
let freeing: Promise<void> = Promise.resolve();

/**
 * Deno holds a closed socket until its receive has been rejected, which it is
 * in the next turn of the loop.
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

/** The longest time that a timer can take. */
const LONG_MS = 2 ** 31 - 1;

/** Keeps the process alive, in place of a socket that cannot. */
class Timer implements Holder {
  // As Node's types have it, in the package, it is an object.
  readonly #timer = setInterval(() => {}, LONG_MS) as unknown as number;
  #waiting = false;
  #wanted = true;

  constructor() {
    Deno.unrefTimer(this.#timer);
  }

  waiting(begun: boolean): void {
    this.#waiting = begun;
    if (!this.#wanted) return;
    if (begun) Deno.refTimer(this.#timer);
    else Deno.unrefTimer(this.#timer);
  }

  ref(): void {
    this.#wanted = true;
    if (this.#waiting) Deno.refTimer(this.#timer);
  }

  unref(): void {
    this.#wanted = false;
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
  // That is all a resolver says for which a permission is missing.
  if (
    error.code === "ENOTFOUND" && (cause as { code?: string }).code === "EPERM"
  ) {
    return notCapable(hostname);
  }
  if (error.code !== UNTOLD) return error;
  const host = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  const { state } = Deno.permissions.querySync({ name: "net", host });
  if (state !== "granted") return notCapable(host);
  // The only thing that is known to be refused so often.
  if (broadcast === false && hostname.endsWith(".255")) {
    return socketError("EACCES", operation, address, { cause });
  }
  return socketError("EUNKNOWN", operation, address, {
    cause,
    reason: "the system refused, and Deno does not tell why",
  });
}

/** In Deno's words. */
function notCapable(host: string): Error {
  return new Deno.errors.NotCapable(
    `Requires net access to "${host}", run again with the --allow-net flag`,
  );
}

export const { listenDatagram, connectDatagram } = datagramsOf(traits);
