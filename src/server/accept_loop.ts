/**
 * The accept loop of a server.
 *
 * The errors of `accept(2)`: ECONNABORTED and other errors of a single connection are
 * skipped by the listener. EMFILE, ENFILE, ENOBUFS and ENOMEM end when resources are
 * freed. EPERM comes from a firewall. After any of them the loop backs off and resumes;
 * only a closed listener (EBADF) ends it.
 *
 * @module
 */
import { Backoff } from "../core/stream/listener.ts";
import { MAX_TIMER_MS } from "../core/options/check_number.ts";
import { BadResource } from "../api/errors.ts";
import type { Addr, Conn, Listener } from "../api/stream.ts";
import type { AcceptPace } from "./admission.ts";

/** Receives the connections and the state changes of the loop. */
export interface AcceptTarget<A extends Addr> {
  /** Whether to pause accepting; call `wake` when that changes. */
  isFull(): boolean;
  admit(conn: Conn<A>): void;
  /** Called once when accepting fails, until `resumed`. */
  failed(error: unknown): void;
  /** Called when accepting works again. */
  resumed(): void;
}

/** The return value of `setTimeout` on every runtime; DOM types declare a number. */
interface Timer {
  ref?(): void;
  unref?(): void;
}

/** Accepts connections until the listener is closed. */
export class AcceptLoop<A extends Addr> {
  readonly #listener: Listener<A>;
  readonly #pace: AcceptPace | undefined;
  readonly #target: AcceptTarget<A>;
  #stopping = false;
  /** Whether the timer keeps the process alive, as a pending accept does. */
  #isRef = true;
  #timer: Timer | undefined;
  /** Ends the current sleep. */
  #wake: (() => void) | undefined;

  constructor(
    listener: Listener<A>,
    pace: AcceptPace | undefined,
    target: AcceptTarget<A>,
  ) {
    this.#listener = listener;
    this.#pace = pace;
    this.#target = target;
  }

  /** Resolves when the listener is closed, by the server or by its owner; never rejects. */
  async run(): Promise<void> {
    const backoff = new Backoff();
    let failing = false;
    for (;;) {
      while (this.#target.isFull() && !this.#stopping) {
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
          this.#target.failed(error);
        }
        await this.#sleep(backoff.next());
        continue;
      }
      if (failing) {
        failing = false;
        backoff.reset();
        this.#target.resumed();
      }
      // Accepted during the shutdown; no handler is called.
      if (this.#stopping) conn.reset();
      else this.#target.admit(conn);
    }
  }

  /** Called when a connection closes: a slot is free, and possibly a descriptor. */
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
    this.#isRef = true;
    this.#listener.ref();
    this.#timer?.ref?.();
  }

  /** See `Server.unref`. */
  unref(): void {
    this.#isRef = false;
    this.#listener.unref();
    this.#timer?.unref?.();
  }

  /** Sleeps for `ms` milliseconds, or until `wake`. */
  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        clearTimeout(this.#timer as unknown as number);
        this.#timer = this.#wake = undefined;
        resolve();
      };
      this.#timer = setTimeout(this.#wake, ms) as unknown as Timer;
      if (!this.#isRef) this.#timer.unref?.();
    });
  }

  /** Sleeps for `ms` milliseconds, regardless of `wake`, or until `stop`. */
  async #sleepWhole(ms: number): Promise<void> {
    const end = performance.now() + ms;
    for (let left = ms; left > 0; left = end - performance.now()) {
      if (this.#stopping) return;
      await this.#sleep(left);
    }
  }
}
