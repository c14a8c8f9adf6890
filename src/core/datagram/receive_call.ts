/**
 * Calls that wait for a datagram.
 *
 * @module
 */
import type { Datagram } from "../../api/datagram.ts";
import type { SocketError } from "../../api/errors.ts";
import type { NetAddr } from "../../api/stream.ts";
import { lostRoomMeanwhile } from "../stream/bytes.ts";
import { PendingCall } from "../wait/pending_call.ts";

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
  take(data: Uint8Array, from: NetAddr, cut: boolean): boolean;
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

  take(data: Uint8Array, from: NetAddr, cut: boolean): boolean {
    const { into } = this;
    if (this.#hasRoom && into!.byteLength === 0) {
      this.reject(lostRoomMeanwhile("receive"));
      return false;
    }
    this.resolve(delivered(into, data, from, cut));
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

  take(data: Uint8Array, from: NetAddr, cut: boolean): boolean {
    this.resolve({ done: false, value: [data, from, cut] });
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
  cut: boolean,
): Datagram {
  if (into === undefined) return [data, from, cut];
  const room = into.byteLength;
  // Where its buffer was transferred away, it cannot even be looked at.
  if (room === 0) return [into, from, cut || data.byteLength > 0];
  if (data.byteLength <= room) {
    into.set(data);
    return [into.subarray(0, data.byteLength), from, cut];
  }
  into.set(data.subarray(0, room));
  return [into, from, true];
}
