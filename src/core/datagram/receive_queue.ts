/**
 * The receiving half of a datagram socket: stored datagrams and pending receives.
 *
 * @module
 */
import type { Datagram } from "../../api/datagram.ts";
import type { SocketError } from "../../api/errors.ts";
import type { Chunk, NetAddr, WaitOptions } from "../../api/stream.ts";
import { socketError } from "../errno.ts";
import type { InboxLimits } from "../options/datagram.ts";
import {
  bytesWanted,
  copyOf,
  isBuffer,
  isBytes,
  isLost,
  lostRoom,
  lostRoomMeanwhile,
  plain,
} from "../stream/bytes.ts";
import { checkWait, PendingCall } from "../wait/pending_call.ts";

/** A pending call. */
export interface Call {
  /** The buffer to fill, if there is one. */
  readonly into: Uint8Array | undefined;
  /**
   * Resolves the call with a datagram.
   *
   * @param data Owned by the call, if there is no `into`.
   * @returns Whether the call took the datagram.
   */
  take(data: Uint8Array, from: NetAddr, truncated: boolean): boolean;
  /** Ends the call without a datagram. */
  fail(error: SocketError): void;
}

/** A pending `receive()`. */
export class ReceiveCall extends PendingCall<Datagram> implements Call {
  readonly #hasRoom: boolean;

  constructor(into: Uint8Array | undefined) {
    super(into);
    this.#hasRoom = into !== undefined && into.byteLength > 0;
  }

  take(data: Uint8Array, from: NetAddr, truncated: boolean): boolean {
    const { into } = this;
    if (this.#hasRoom && into!.byteLength === 0) {
      this.reject(lostRoomMeanwhile("receive"));
      return false;
    }
    this.resolve(delivered(into, data, from, truncated));
    return true;
  }

  fail(error: SocketError): void {
    this.reject(error);
  }
}

/** The result of a step of `for await`. */
export type Step = IteratorResult<Datagram, undefined>;

/**
 * A pending step of `for await`. It has its own promise: one chained to the promise of
 * a `receive()` makes a step a fifth slower.
 */
export class NextCall extends PendingCall<Step> implements Call {
  readonly #loop: { over: boolean };

  /** @param loop Its `over` is set when the loop ends. */
  constructor(loop: { over: boolean }) {
    super();
    this.#loop = loop;
  }

  take(data: Uint8Array, from: NetAddr, truncated: boolean): boolean {
    this.resolve({ done: false, value: [data, from, truncated] });
    return true;
  }

  fail(error: SocketError): void {
    this.#loop.over = true;
    if (error.code === "EINTR") this.resolve(ENDED);
    else this.reject(error);
  }
}

/** The end of a `for await`. */
export const ENDED: IteratorReturnResult<undefined> = {
  done: true,
  value: undefined,
};

/**
 * Creates the result of a receive.
 *
 * @param data Owned by the caller, if there is no `into`.
 */
export function delivered(
  into: Uint8Array | undefined,
  data: Uint8Array,
  from: NetAddr,
  truncated: boolean,
): Datagram {
  if (into === undefined) return [data, from, truncated];
  const room = into.byteLength;
  // A view of a transferred buffer has no room, and any access to it would throw.
  if (room === 0) return [into, from, truncated || data.byteLength > 0];
  if (data.byteLength <= room) {
    into.set(data);
    return [into.subarray(0, data.byteLength), from, truncated];
  }
  into.set(data.subarray(0, room));
  return [into, from, true];
}

/** The adapter calls of the receive queue. */
export interface InboxHooks {
  /** The address that errors name: the peer's if the socket is connected, otherwise its own. */
  readonly errorAddr: NetAddr;
  /**
   * Called when receives become pending (`true`) and when none is left (`false`).
   * Pending receives keep the process alive.
   */
  receiveWaiting(waiting: boolean): void;
}

/** A stored datagram. */
interface Stored {
  readonly data: Chunk;
  readonly from: NetAddr;
  /** Whether part of it was cut off. */
  readonly truncated: boolean;
}

/** The shared empty list, never modified. Usually at most one call is pending. */
const NONE: never[] = [];

/** Serves receives in call order, with datagrams in the order of arrival. */
export class ReceiveQueue {
  /** How many datagrams were dropped for lack of room. */
  dropped = 0;
  readonly #hooks: InboxHooks;
  readonly #limits: InboxLimits;
  /** Stored datagrams, oldest first, from `#first` on. The index makes removal cheap. */
  #stored: Stored[] = [];
  #first = 0;
  #bytes = 0;
  /** The oldest pending call, and the later ones. */
  #call: Call | undefined;
  #others: Call[] = NONE;
  /** An error that no call has reported yet. */
  #failure: SocketError | undefined;
  /** Whether the socket was closed here. */
  closed = false;

  constructor(hooks: InboxHooks, limits: InboxLimits) {
    this.#hooks = hooks;
    this.#limits = limits;
  }

  /** Whether a receive is pending. */
  get isAwaited(): boolean {
    return this.#call !== undefined;
  }

  /** See `DatagramConn.receive`. */
  receive(
    first: Uint8Array | WaitOptions | undefined,
    second: WaitOptions | undefined,
  ): Promise<Datagram> {
    try {
      const into = isBytes(first) ? first : undefined;
      if (into !== undefined && isLost(into)) throw lostRoom("receive");
      const options = into === undefined
        ? optionsOf(first as WaitOptions | undefined, second)
        : second;
      const limited = options !== undefined && checkWait(options);
      if (this.closed) {
        throw socketError("EBADF", "receive", this.#hooks.errorAddr);
      }
      if (this.#failure !== undefined) throw this.takeFailure();
      const stored = this.#take();
      if (stored !== undefined) {
        const { data, from, truncated } = stored;
        return Promise.resolve(delivered(into, data, from, truncated));
      }
      const call = new ReceiveCall(into);
      if (limited) {
        call.limit(
          options,
          "receive",
          this.#hooks.errorAddr,
          () => this.#forget(call),
        );
      }
      this.#wait(call);
      return call.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Runs the next step of a `for await`. */
  next(datagrams: Datagrams): Promise<Step> {
    if (this.closed) return Promise.resolve(ENDED);
    const failure = this.takeFailure();
    if (failure !== undefined) {
      datagrams.over = true;
      return Promise.reject(failure);
    }
    const stored = this.#take();
    if (stored !== undefined) {
      const { data, from, truncated } = stored;
      return Promise.resolve({ done: false, value: [data, from, truncated] });
    }
    const call = new NextCall(datagrams);
    this.#wait(call);
    return call.promise;
  }

  /**
   * Passes a datagram to a pending call, or stores it. Without room it is dropped.
   *
   * @param owned Whether the queue may keep `data`, which then has a buffer of its own.
   *   Otherwise `data` is valid only during the call.
   */
  push(data: Chunk, from: NetAddr, owned: boolean): void {
    const { maxDatagramBytes } = this.#limits;
    const truncated = data.byteLength > maxDatagramBytes;
    if (truncated) {
      data = data.subarray(0, maxDatagramBytes);
      owned = false;
    }
    for (let call = this.#call; call !== undefined; call = this.#call) {
      this.#advance();
      const keeps = call.into === undefined;
      const bytes = !keeps ? data : owned ? plain(data) : copyOf(data);
      if (call.take(bytes, from, truncated)) return;
    }
    if (this.closed) return;
    const { maxQueuedBytes, maxQueuedDatagrams } = this.#limits;
    if (
      this.#stored.length - this.#first >= maxQueuedDatagrams ||
      this.#bytes + data.byteLength > maxQueuedBytes
    ) {
      this.dropped++;
      return;
    }
    this.#bytes += data.byteLength;
    this.#stored.push({
      data: owned ? plain(data) : copyOf(data),
      from,
      truncated,
    });
  }

  /** See `DatagramConn`'s iterator. */
  iterate(): AsyncIterableIterator<Datagram> {
    return new Datagrams(this);
  }

  /** Reports an error once: to the oldest pending call, or else to the next one. */
  fail(error: SocketError): void {
    if (this.closed) return;
    const call = this.#call;
    if (call !== undefined) {
      this.#advance();
      call.fail(error);
    } else this.#failure = error;
  }

  /** Whether an error is still to be reported. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** Removes and returns the error that no call has reported. */
  takeFailure(): SocketError | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  /** Closes the queue: pending calls are interrupted, stored datagrams are dropped. */
  close(): void {
    this.closed = true;
    this.#stored = [];
    this.#first = 0;
    if (this.#call === undefined) return;
    const calls = [this.#call, ...this.#others];
    this.#call = undefined;
    this.#others = NONE;
    this.#hooks.receiveWaiting(false);
    for (const call of calls) {
      call.fail(socketError("EINTR", "receive", this.#hooks.errorAddr));
    }
  }

  #take(): Stored | undefined {
    if (this.#first === this.#stored.length) return undefined;
    const stored = this.#stored[this.#first];
    this.#bytes -= stored.data.byteLength;
    this.#first++;
    if (this.#first === this.#stored.length) {
      this.#stored = [];
      this.#first = 0;
    } else if (this.#first * 2 > this.#stored.length) {
      this.#stored = this.#stored.slice(this.#first);
      this.#first = 0;
    }
    return stored;
  }

  #wait(call: Call): void {
    if (this.#call === undefined) {
      this.#call = call;
      this.#hooks.receiveWaiting(true);
    } else {
      if (this.#others === NONE) this.#others = [];
      this.#others.push(call);
    }
  }

  /** Removes the oldest pending call. */
  #advance(): void {
    this.#call = this.#others.shift();
    if (this.#call === undefined) this.#hooks.receiveWaiting(false);
  }

  #forget(call: Call): void {
    if (call === this.#call) this.#advance();
    else this.#others.splice(this.#others.indexOf(call), 1);
  }
}

/**
 * Receives until the socket is closed. Hand-written iterator: an async generator costs
 * a third more.
 */
class Datagrams implements AsyncIterableIterator<Datagram> {
  /** Whether the iteration has ended, by itself or by `return()`. */
  over = false;
  readonly #receiveQueue: ReceiveQueue;

  constructor(receiveQueue: ReceiveQueue) {
    this.#receiveQueue = receiveQueue;
  }

  next(): Promise<Step> {
    return this.over ? Promise.resolve(ENDED) : this.#receiveQueue.next(this);
  }

  return(): Promise<Step> {
    this.over = true;
    return Promise.resolve(ENDED);
  }

  [Symbol.asyncIterator](): AsyncIterableIterator<Datagram> {
    return this;
  }
}

/** Returns the options of a receive without a buffer. */
function optionsOf(
  first: WaitOptions | undefined,
  second: WaitOptions | undefined,
): WaitOptions | undefined {
  if (first === undefined) return second;
  const isOptions = typeof first === "object" && first !== null &&
    second === undefined && !isBuffer(first);
  if (isOptions) return first;
  throw bytesWanted("receive into", first, "a Uint8Array, or none");
}
