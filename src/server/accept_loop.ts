/**
 * The accept loop that survives.
 *
 * What `accept(2)` may say, and what is done: ECONNABORTED and the other errors
 * of one connection that is gone are skipped further below. EMFILE, ENFILE,
 * ENOBUFS and ENOMEM pass when something is freed. EPERM is a firewall's. None
 * of them is a reason to stop serving, so the loop waits a while after each and
 * goes on; only a closed listener (EBADF) ends it.
 *
 * @module
 */
import { Backoff } from "../core/stream/listener.ts";
import { MAX_TIMER_MS } from "../core/options/check_number.ts";
import { BadResource } from "../api/errors.ts";
import type { Addr, Conn, Listener } from "../api/stream.ts";
import type { AcceptPace } from "./admission.ts";

/** Who gets what the loop accepts. */
export interface Reception<A extends Addr> {
  /** Whether nothing more is to be accepted for now; `wake` when that changes. */
  isFull(): boolean;
  admit(conn: Conn<A>): void;
  /** Nothing can be accepted; said once, until `resumed`. */
  failed(error: unknown): void;
  /** Something was accepted again. */
  resumed(): void;
}

/** What `setTimeout` gives on every runtime, though not in a browser's types. */
interface Timer {
  ref?(): void;
  unref?(): void;
}

/** Accepts from a listener until that is closed. */
export class AcceptLoop<A extends Addr> {
  readonly #listener: Listener<A>;
  readonly #pace: AcceptPace | undefined;
  readonly #reception: Reception<A>;
  #stopping = false;
  /** Whether waiting is to keep the process alive, as a pending accept does. */
  #wanted = true;
  #timer: Timer | undefined;
  /** Goes on, where the loop waits for time or room. */
  #wake: (() => void) | undefined;

  constructor(
    listener: Listener<A>,
    pace: AcceptPace | undefined,
    reception: Reception<A>,
  ) {
    this.#listener = listener;
    this.#pace = pace;
    this.#reception = reception;
  }

  /** Resolves once the listener is closed, here or by its owner; never rejects. */
  async run(): Promise<void> {
    const backoff = new Backoff();
    let failing = false;
    for (;;) {
      while (this.#reception.isFull() && !this.#stopping) {
        await this.#sleep(MAX_TIMER_MS);
      }
      if (this.#pace !== undefined) await this.#sleepWhole(this.#pace.take());
      let conn: Conn<A>;
      try {
        conn = await this.#listener.accept();
      } catch (error) {
        if (error instanceof BadResource) return;
        if (!failing) {
          failing = true;
          this.#reception.failed(error);
        }
        await this.#sleep(backoff.next());
        continue;
      }
      if (failing) {
        failing = false;
        backoff.reset();
        this.#reception.resumed();
      }
      // Accepted just before the end, and handed to no handler yet.
      if (this.#stopping) conn.reset();
      else this.#reception.admit(conn);
    }
  }

  /** A connection was closed: there is room, and perhaps a descriptor. */
  wake(): void {
    this.#wake?.();
  }

  /** Closes the listener, which ends the loop. */
  stop(): void {
    this.#stopping = true;
    this.#listener.close();
    this.#wake?.();
  }

  /** See `Server.ref`. */
  ref(): void {
    this.#wanted = true;
    this.#listener.ref();
    this.#timer?.ref?.();
  }

  /** See `Server.unref`. */
  unref(): void {
    this.#wanted = false;
    this.#listener.unref();
    this.#timer?.unref?.();
  }

  /** Waits so many milliseconds, or until it is woken. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        clearTimeout(this.#timer as unknown as number);
        this.#timer = this.#wake = undefined;
        resolve();
      };
      this.#timer = setTimeout(this.#wake, ms) as unknown as Timer;
      if (!this.#wanted) this.#timer.unref?.();
    });
  }

  /** Waits so many milliseconds, however often it is woken, or until the end. */
  async #sleepWhole(ms: number): Promise<void> {
    const end = performance.now() + ms;
    for (let left = ms; left > 0; left = end - performance.now()) {
      if (this.#stopping) return;
      await this.#sleep(left);
    }
  }
}
