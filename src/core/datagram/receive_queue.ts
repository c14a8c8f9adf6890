/**
 * Datagrams that have come and wait to be received, and receives that wait for
 * one.
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

/** A call that waits. */
export interface Call {
  /** What it wants filled. */
  readonly into: Uint8Array | undefined;
  /**
   * Gives it its datagram.
   *
   * @param data Its own, if there is no `into`.
   * @returns Whether it could take it.
   */
  take(data: Uint8Array, from: NetAddr, truncated: boolean): boolean;
  /** Ends it without one. */
  fail(error: SocketError): void;
}

/** A call of `receive`. */
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

/** What a step of `for await` comes to. */
export type Step = IteratorResult<Datagram, undefined>;

/**
 * A step of `for await`. One of its own, because the promise of a `receive` with
 * another behind it makes that a fifth slower.
 */
export class NextCall extends PendingCall<Step> implements Call {
  readonly #loop: { over: boolean };

  /** @param loop Is told that it is over. */
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

/** Puts a datagram where it is wanted. @param data The caller's own, if there is no `into`. */
export function delivered(
  into: Uint8Array | undefined,
  data: Uint8Array,
  from: NetAddr,
  truncated: boolean,
): Datagram {
  if (into === undefined) return [data, from, truncated];
  const room = into.byteLength;
  // Where its buffer was transferred away, it cannot even be looked at.
  if (room === 0) return [into, from, truncated || data.byteLength > 0];
  if (data.byteLength <= room) {
    into.set(data);
    return [into.subarray(0, data.byteLength), from, truncated];
  }
  into.set(data.subarray(0, room));
  return [into, from, true];
}

/** What the receiveQueue asks of its adapter. */
export interface InboxHooks {
  /** The address that errors name: the peer's where the socket is connected, otherwise its own. */
  readonly errorAddr: NetAddr;
  /** Receives wait (`true`), or none does any more: they keep the process alive. */
  receiveWaiting(waiting: boolean): void;
}

/** A datagram that waits to be received. */
interface Stored {
  readonly data: Chunk;
  readonly from: NetAddr;
  /** Whether some of it is lost already. */
  readonly truncated: boolean;
}

/** No calls; never changed. Mostly there is one at most. */
const NONE: never[] = [];

/** Serves receives in the order of the calls, with datagrams in the order in which they came. */
export class ReceiveQueue {
  /** How many datagrams found no room. */
  dropped = 0;
  readonly #hooks: InboxHooks;
  readonly #limits: InboxLimits;
  /** Oldest first, from `#first` on: taking the first one out is to cost nothing. */
  #stored: Stored[] = [];
  #first = 0;
  #bytes = 0;
  /** Who has waited longest, and the others behind it. */
  #call: Call | undefined;
  #others: Call[] = NONE;
  /** An error that no call has reported. */
  #failure: SocketError | undefined;
  /** Whether the socket was closed here. */
  closed = false;

  constructor(hooks: InboxHooks, limits: InboxLimits) {
    this.#hooks = hooks;
    this.#limits = limits;
  }

  /** Whether a receive waits. */
  get wanted(): boolean {
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

  /** The next step of a `for await`. */
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
   * Takes in a datagram, for who waits or for later; without room it is dropped.
   *
   * @param owned Whether `data` may be kept, in a buffer of its own; otherwise it
   *   is looked at during the call only.
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

  /** Something went wrong once: tells the call that waited longest, else the next. */
  fail(error: SocketError): void {
    if (this.closed) return;
    const call = this.#call;
    if (call !== undefined) {
      this.#advance();
      call.fail(error);
    } else this.#failure = error;
  }

  /** Whether there is an error that no call has reported. */
  get failed(): boolean {
    return this.#failure !== undefined;
  }

  /** The error that no call has reported, taken out. */
  takeFailure(): SocketError | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  /** Closed here: those who wait are interrupted, what is stored is dropped. */
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

  /** Lets the next call come to the front. */
  #advance(): void {
    this.#call = this.#others.shift();
    if (this.#call === undefined) this.#hooks.receiveWaiting(false);
  }

  #forget(call: Call): void {
    if (call === this.#call) this.#advance();
    else this.#others.splice(this.#others.indexOf(call), 1);
  }
}

/** Receives until the receiveQueue is closed. By hand: a generator costs a third more. */
class Datagrams implements AsyncIterableIterator<Datagram> {
  /** Whether it has ended, by itself or because its caller has had enough. */
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

/** The options of a receive that was given no buffer. */
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
