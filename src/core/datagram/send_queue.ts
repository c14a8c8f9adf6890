/**
 * The sending half of a datagram socket: checks of the destination, and pending sends.
 *
 * @module
 */
import type { DatagramTarget } from "../../api/datagram.ts";
import { socketError } from "../errno.ts";
import type { SocketError } from "../../api/errors.ts";
import { shown } from "../shown.ts";
import type { NetAddr, WaitOptions } from "../../api/stream.ts";
import {
  bytesWanted,
  copyOf,
  isBytes,
  isLost,
  lostBefore,
} from "../stream/bytes.ts";
import type { DatagramBackend } from "./backend.ts";
import { checkTarget, isTarget } from "../options/datagram.ts";
import type { ReceiveQueue } from "./receive_queue.ts";
import { ownOption } from "../options/own_options.ts";
import { checkWait, PendingCall } from "../wait/pending_call.ts";

/**
 * How many sends in a row may run without a turn of the event loop.
 *
 * Without a limit, a loop of sends would run in microtasks alone. Timers, signals and
 * incoming datagrams would starve.
 */
const MAX_SENDS_A_TURN = 64;

/** Sends datagrams in the order of the calls. */
export class SendQueue {
  readonly #backend: DatagramBackend;
  /** Holds whether the socket is closed, and the error that a send has to report. */
  readonly #receiveQueue: ReceiveQueue;
  /** The sends that can be cancelled, or wait for name resolution. */
  readonly #waiting = new Set<PendingCall<number>>();
  #inARow = 0;
  /** The target of the last send, and its address: most sends repeat it. */
  #lastTarget: DatagramTarget | undefined;
  #lastTo: NetAddr | undefined;

  constructor(backend: DatagramBackend, receiveQueue: ReceiveQueue) {
    this.#backend = backend;
    this.#receiveQueue = receiveQueue;
  }

  /** See `DatagramConn.send`. */
  send(
    p: Uint8Array,
    first?: DatagramTarget | WaitOptions,
    second?: WaitOptions,
  ): Promise<number> {
    // Most sends repeat the last target, and need no checks.
    if (
      second === undefined && isBytes(p) && p.byteLength > 0 &&
      !this.#receiveQueue.closed
    ) {
      if (this.#backend.remoteAddr !== undefined) {
        if (first === undefined && !this.#receiveQueue.failed) {
          return this.#sendNow(p, undefined);
        }
      } else if (this.#isLast(first)) return this.#sendNow(p, this.#lastTo);
    }
    return this.#sendChecked(p, first, second);
  }

  #sendChecked(
    p: Uint8Array,
    first: DatagramTarget | WaitOptions | undefined,
    second: WaitOptions | undefined,
  ): Promise<number> {
    try {
      if (!isBytes(p)) {
        throw bytesWanted("send", p, "a Uint8Array");
      }
      if (isLost(p)) throw lostBefore("send");
      const { target, options } = sendArguments(first, second);
      const limited = options !== undefined && checkWait(options);
      const to = this.#checkSend(target);
      if (!limited && !(to instanceof Promise)) return this.#sendNow(p, to);
      // Copied, because the caller may get its buffer back before the bytes are sent.
      const sending = this.#sendLater(copyOf(p), to);
      return this.#waitFor(sending, limited ? options : {});
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Interrupts pending sends. Called when the socket is closed. */
  close(): void {
    for (const pendingCall of this.#waiting) {
      pendingCall.reject(socketError("EINTR", "send", this.#backend.errorAddr));
    }
    this.#waiting.clear();
  }

  /** Checks the target. @returns The destination; `undefined` on a connected socket. */
  #checkSend(
    target: DatagramTarget | undefined,
  ): NetAddr | Promise<NetAddr> | undefined {
    const { errorAddr, remoteAddr } = this.#backend;
    if (this.#receiveQueue.closed) {
      throw socketError("EBADF", "send", errorAddr);
    }
    if (remoteAddr !== undefined) {
      if (target !== undefined) {
        throw socketError("EISCONN", "send", errorAddr, {
          reason: "it is connected, and sends to its peer only; leave out to",
        });
      }
      const failure = this.#receiveQueue.takeFailure();
      if (failure !== undefined) throw ofSend(failure);
      return undefined;
    }
    if (target === undefined) {
      throw socketError("EDESTADDRREQ", "send", undefined, {
        reason: "it is not connected; give an address to send to",
      });
    }
    if (this.#isLast(target)) return this.#lastTo;
    const to = this.#backend.resolve(checkTarget(target));
    if (!(to instanceof Promise)) {
      const { hostname, port } = target;
      this.#lastTarget = { hostname, port };
      this.#lastTo = to;
    }
    return to;
  }

  /** Whether it is the target of the last send. */
  #isLast(target: DatagramTarget | WaitOptions | undefined): boolean {
    const last = this.#lastTarget;
    if (last === undefined || target === undefined || target === null) {
      return false;
    }
    return ownOption(target as DatagramTarget, "port") === last.port &&
      ownOption(target as DatagramTarget, "hostname") === last.hostname;
  }

  #sendNow(p: Uint8Array, to: NetAddr | undefined): Promise<number> {
    const sending = this.#backend.send(p, to);
    if (++this.#inARow < MAX_SENDS_A_TURN) return sending;
    this.#inARow = 0;
    return this.#turnAfter(sending);
  }

  async #turnAfter(sending: Promise<number>): Promise<number> {
    const sent = await sending;
    await this.#backend.turn();
    return sent;
  }

  async #sendLater(
    p: Uint8Array,
    to: NetAddr | Promise<NetAddr> | undefined,
  ): Promise<number> {
    const found = to instanceof Promise ? await to : to;
    if (this.#receiveQueue.closed) {
      throw socketError("EINTR", "send", this.#backend.errorAddr);
    }
    return await this.#sendNow(p, found);
  }

  #waitFor(sending: Promise<number>, options: WaitOptions): Promise<number> {
    const pendingCall = new PendingCall<number>();
    this.#waiting.add(pendingCall);
    const forget = () => this.#waiting.delete(pendingCall);
    pendingCall.limit(options, "send", this.#backend.errorAddr, forget);
    sending.then((sent) => {
      forget();
      if (!pendingCall.settled) pendingCall.resolve(sent);
    }, (error) => {
      forget();
      if (!pendingCall.settled) pendingCall.reject(error);
    });
    return pendingCall.promise;
  }
}

function sendArguments(
  first: DatagramTarget | WaitOptions | undefined,
  second: WaitOptions | undefined,
): {
  target: DatagramTarget | undefined;
  options: WaitOptions | undefined;
} {
  if (first === undefined) return { target: undefined, options: second };
  if (typeof first !== "object" || first === null) {
    throw new TypeError(
      `Cannot send a datagram to ${shown(first)}: give { hostname, port }`,
    );
  }
  return isTarget(first)
    ? { target: first, options: second }
    : { target: undefined, options: first };
}

/** Creates the error by which a send reports an earlier failure. */
function ofSend({ code, address, cause }: SocketError): SocketError {
  return socketError(code, "send", address, { cause });
}
