/**
 * The writing half of a connection: sends each write whole and in call order, then FIN.
 *
 * | state   | meaning                                         | leaves by                     |
 * | ------- | ----------------------------------------------- | ----------------------------- |
 * | idle    | nothing is queued or being sent                 | a write; `closeWrite`         |
 * | direct  | one write is with the backend, without an entry | taken: idle; in part: queued  |
 * | queued  | entries wait, one `send` at a time is pending   | the last is taken: idle       |
 * | turning | 64 writes in a row were taken at once           | the loop has turned: queued   |
 * | ending  | `closeWrite` was called; entries may wait       | all taken: `shutdown`, ended  |
 * | ended   | FIN is with the kernel                          |                               |
 * | failed  | the backend has reported an error               |                               |
 * | closed  | closed here, or detached by an upgrade          |                               |
 *
 * `docs/internals/write_queue.md` lists what each call does in each state.
 *
 * @module
 */
import { socketError } from "../errno.ts";
import type { SocketError } from "../../api/errors.ts";
import type { WaitOptions, Writable } from "../../api/stream.ts";
import {
  encoded,
  gather,
  isBytes,
  isLost,
  lostBefore,
  lostMeanwhile,
  steady,
} from "./bytes.ts";
import { checkWait } from "../wait/pending_call.ts";
import { advance, bytesLeft, Entry, Fin, nextBytes } from "./write_entry.ts";
import type { WriteBackend } from "./backend.ts";

/**
 * How many writes in a row may complete synchronously.
 *
 * Without a limit, a loop of writes to a fast peer would run in microtasks alone.
 * Timers, signals and all other connections would starve.
 */
const MAX_WRITES_A_TURN = 64;

/** The shared empty queue, never modified. Most connections have no pending writes. */
const NONE: Entry[] = [];

/** Sends writes in call order, each of them whole. */
export class WriteQueue {
  /** How many bytes the kernel has taken. */
  bytesWritten = 0;
  readonly #backend: WriteBackend;
  /** Pending writes, oldest first; `#direct` is not among them. */
  #entries: Entry[] = NONE;
  /** A single write that was passed to the backend without an entry. */
  #direct: Uint8Array | undefined;
  /** Its size: a view reports 0 bytes once its buffer is transferred. */
  #directBytes = 0;
  /** The promise that its caller holds. */
  #directPromise: Promise<number> | undefined;
  /** The remainder of a direct write that the kernel took only in part. */
  #rest: Entry | undefined;
  /** Whether a `send` is pending, or a turn of the event loop. */
  #sending = false;
  /** The pending or settled `closeWrite`. */
  #fin: Fin | undefined;
  /** How many writes in a row have completed synchronously. */
  #inARow = 0;
  #error: SocketError | undefined;
  #closed = false;
  /** The value of `bytesWritten` if no write follows the truncated one: see `markShort`. */
  #shortAt: number | undefined;
  /** Why calls are refused or interrupted; `undefined` after the caller's `close()`. */
  #reason: string | undefined;

  constructor(backend: WriteBackend) {
    this.#backend = backend;
  }

  /** Whether a write is pending. */
  get waits(): boolean {
    return this.#direct !== undefined || this.#entries.length > 0;
  }

  /** Whether `closeWrite` was called. */
  get ending(): boolean {
    return this.#fin !== undefined;
  }

  /** Whether the queue is closed or has failed. */
  get over(): boolean {
    return this.#closed || this.#error !== undefined;
  }

  /** The error after which the connection takes no more bytes. */
  get error(): SocketError | undefined {
    return this.#error;
  }

  /**
   * Whether what was written is truncated: see {@linkcode WriteQueue.markShort}. A
   * later write or `closeWrite` clears this.
   */
  get short(): boolean {
    return this.#fin === undefined && this.#shortAt !== undefined &&
      this.#shortAt === this.bytesWritten + this.#left();
  }

  /**
   * Marks what was written as truncated, or (`false`) as whole. Closing then resets the
   * connection, because a FIN would make the data look complete.
   */
  markShort(isShort = true): void {
    this.#shortAt = isShort ? this.bytesWritten + this.#left() : undefined;
  }

  /** See `Conn.write`. */
  write(
    given: Writable | readonly Writable[],
    options?: WaitOptions,
  ): Promise<number> {
    try {
      const p = typeof given === "string" ? encoded(given) : given;
      const limited = options !== undefined && checkWait(options);
      const single = isBytes(p);
      if (single && p.byteLength > 0 && !limited && this.#idle()) {
        return this.#sendDirect(p);
      }
      if (single && isLost(p)) throw lostBefore("write");
      const { parts, owned } = !single
        ? gather(p)
        : { parts: p.byteLength === 0 ? [] : [p], owned: false };
      this.#check(parts.length === 0);
      if (parts.length === 0) return Promise.resolve(0);
      if (parts.length === 1 && !limited && this.#idle()) {
        return this.#sendDirect(parts[0]);
      }
      const total = parts.reduce((sum, part) => sum + part.byteLength, 0);
      const entry = new Entry(parts, limited, owned, total);
      if (limited) {
        entry.limit(
          options,
          "write",
          this.#backend.remoteAddr,
          () => entry.own(),
        );
      }
      this.#enqueue(entry);
      return entry.promise;
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** See `Conn.closeWrite`. */
  closeWrite(): Promise<void> {
    if ((this.#closed || this.#reason !== undefined) && !this.#fin?.isDone) {
      return Promise.reject(this.#failure("EBADF", "closeWrite"));
    }
    return this.#finish();
  }

  /** Refuses new calls, and sends FIN after the queued writes. */
  revoke(reason: string): Promise<void> {
    this.#reason = reason;
    return this.#finish();
  }

  #finish(): Promise<void> {
    if (this.#fin === undefined) {
      this.#fin = new Fin();
      if (this.#error !== undefined) {
        this.#fin.reject(this.#finFailure(this.#error));
      } else this.#pump();
    }
    return this.#fin.promise;
  }

  /** Rejects pending and later writes: the connection takes no more bytes. */
  fail(error: SocketError): void {
    if (this.#error !== undefined || this.#closed) return;
    this.#error = error;
    this.#rejectAll(() => error, () => this.#finFailure(error));
  }

  /**
   * Closes the queue: pending calls are interrupted.
   *
   * @param reason Why; omitted for the caller's own `close()`.
   * @returns Whether data was truncated: unsent bytes remain, or `markShort` applies.
   */
  close(reason?: string): boolean {
    if (this.#closed) return false;
    const isShort = this.waits || this.short;
    this.#closed = true;
    this.#reason ??= reason;
    this.#rejectAll(
      () => this.#failure("EINTR", "write"),
      () => this.#failure("EINTR", "closeWrite"),
    );
    return isShort;
  }

  /** Refuses writes. */
  lock(reason: string): void {
    this.#reason = reason;
  }

  /** Undoes `lock()`, unless a revoke or a close has replaced its reason. */
  unlock(reason: string): void {
    if (this.#reason === reason) this.#reason = undefined;
  }

  /**
   * Closes the queue for an upgrade.
   *
   * @param reason Ends the messages of the errors of later writes.
   */
  detach(reason: string): void {
    this.#reason = reason;
    this.close();
  }

  /** Whether a write can be sent directly. */
  #idle(): boolean {
    return !this.#sending && this.#entries.length === 0 && !this.#closed &&
      this.#reason === undefined && this.#error === undefined &&
      this.#fin === undefined;
  }

  #failure(code: string, operation: "write" | "closeWrite"): SocketError {
    return socketError(code, operation, this.#backend.remoteAddr, {
      reason: this.#reason,
    });
  }

  #check(empty: boolean): void {
    if (this.#closed || this.#reason !== undefined) {
      throw this.#failure("EBADF", "write");
    }
    if (empty) return;
    if (this.#error !== undefined) throw this.#error;
    if (this.#fin !== undefined) {
      throw socketError("EPIPE", "write", this.#backend.remoteAddr, {
        reason: "closeWrite() was called before",
      });
    }
  }

  #enqueue(entry: Entry): void {
    if (this.#entries === NONE) this.#entries = [];
    this.#entries.push(entry);
    this.#pump();
  }

  /** Sends a single write without an entry, and with no promise but the adapter's. */
  #sendDirect(given: Uint8Array): Promise<number> {
    const { sendsByReference } = this.#backend;
    const p = sendsByReference ? steady(given) : given;
    const size = p.byteLength;
    const sent = this.#backend.send(p);
    if (typeof sent !== "number") {
      this.#sending = true;
      this.#direct = sendsByReference ? p : steady(p);
      this.#directBytes = size;
      this.#backend.writeWaiting(true);
      // Closures are created for each call: stored ones would cost every idle
      // connection more memory than they save time on a busy one.
      return this.#directPromise = sent.then(
        (sent) => this.#directSent(sent),
        (reason) => this.#directFailed(reason),
      );
    }
    this.bytesWritten += sent;
    if (sent < size) return this.#sendRest(p, sent);
    if (++this.#inARow >= MAX_WRITES_A_TURN) this.#letTurn();
    return Promise.resolve(sent);
  }

  #directSent(sent: number): number | Promise<number> {
    const p = this.#direct!;
    this.bytesWritten += sent;
    this.#direct = undefined;
    this.#sending = false;
    this.#backend.writeWaiting(false);
    if (this.#closed) throw this.#failure("EINTR", "write");
    const size = this.#directBytes;
    const isLost = sent < size && p.byteLength < size;
    if (sent < size) {
      if (this.#error !== undefined) throw this.#error;
      if (!isLost) return this.#sendRest(p, sent);
      this.#fellShort();
    }
    if (this.#entries.length > 0 || this.#fin !== undefined) this.#pumpNext();
    else this.#directPromise = undefined;
    if (isLost) throw lostMeanwhile("write", sent, size);
    return sent;
  }

  #directFailed(reason: unknown): never {
    this.#direct = undefined;
    this.#directPromise = undefined;
    this.#sending = false;
    this.#backend.writeWaiting(false);
    if (this.#closed) throw this.#failure("EINTR", "write");
    this.fail(this.#backend.writeFailure(reason));
    throw this.#error!;
  }

  /**
   * Delays later writes by one turn of the event loop, if `send` completes
   * synchronously.
   */
  #letTurn(): void {
    this.#inARow = 0;
    const turning = this.#backend.turn?.();
    if (turning === undefined) return;
    this.#sending = true;
    turning.then(() => {
      this.#sending = false;
      this.#pump();
    });
  }

  /** Queues the rest of `p` before all later writes. */
  #sendRest(p: Uint8Array, sent: number): Promise<number> {
    const entry = new Entry([p.subarray(sent)], false, false, p.byteLength);
    entry.sent = sent;
    this.#rest = entry;
    this.#entries = [entry, ...this.#entries];
    this.#pump();
    return entry.promise;
  }

  #pump(): void {
    if (this.#sending || this.#closed || this.#error !== undefined) return;
    while (this.#entries.length > 0) {
      const entries = this.#rest === undefined ? this.#entries : [this.#rest];
      if (entries[0].lost) {
        if (this.#dropLost(entries[0])) return;
        continue;
      }
      const bytes = nextBytes(entries, this.#backend.sendsByReference);
      const sent = this.#backend.send(bytes);
      if (typeof sent !== "number") {
        this.#sending = true;
        this.#backend.writeWaiting(true);
        sent.then((sent) => this.#sent(sent), (reason) => this.#failed(reason));
        return;
      }
      if (this.#advance(sent)) return;
      if (++this.#inARow >= MAX_WRITES_A_TURN) this.#letTurn();
      if (this.#sending) return;
    }
    if (this.#fin?.isSent === false) this.#fin.send(this.#backend);
  }

  #sent(sent: number): void {
    this.#sending = false;
    this.#backend.writeWaiting(false);
    if (this.#closed || this.#error !== undefined) return;
    if (!this.#advance(sent)) this.#pump();
  }

  #failed(reason: unknown): void {
    this.#sending = false;
    this.#backend.writeWaiting(false);
    if (!this.#closed) this.fail(this.#backend.writeFailure(reason));
  }

  /** Removes sent bytes from the queue. @returns Whether the rest is sent later. */
  #advance(sent: number): boolean {
    this.bytesWritten += sent;
    const done = advance(this.#entries, sent);
    if (done === 0 || this.#rest === undefined) return false;
    this.#rest = undefined;
    this.#pumpNext();
    return true;
  }

  /**
   * Rejects the first write, whose caller has transferred its buffer.
   *
   * @returns Whether the writes behind it are sent later.
   */
  #dropLost(entry: Entry): boolean {
    this.#entries.shift();
    this.#fellShort();
    if (!entry.settled) {
      entry.reject(lostMeanwhile("write", entry.sent, entry.total));
    }
    if (this.#rest === undefined) return false;
    this.#rest = undefined;
    this.#pumpNext();
    return true;
  }

  /**
   * Marks the data as truncated, and rejects a pending `closeWrite`: a FIN would hide
   * that a write was not sent whole.
   */
  #fellShort(): void {
    this.markShort();
    const fin = this.#fin;
    if (fin === undefined) return;
    this.#fin = undefined;
    fin.reject(socketError("EPIPE", "closeWrite", this.#backend.remoteAddr, {
      reason: "a write before it was not sent whole",
    }));
  }

  /** The bytes of all pending writes that are not sent. */
  #left(): number {
    const direct = this.#direct === undefined ? 0 : this.#directBytes;
    return direct + bytesLeft(this.#entries);
  }

  /**
   * Continues after the direct write's promise has settled. That promise takes more
   * microtasks than an entry's, and writes resolve in call order.
   */
  #pumpNext(): void {
    const direct = this.#directPromise ?? Promise.resolve();
    this.#directPromise = undefined;
    const pump = () => this.#pump();
    direct.then(pump, pump);
  }

  #finFailure(error: SocketError): SocketError {
    return socketError(error.code, "closeWrite", this.#backend.remoteAddr, {
      cause: error.cause,
    });
  }

  /**
   * Rejects all pending calls. Errors are created on demand, because a stack trace is
   * expensive.
   */
  #rejectAll(error: () => SocketError, finError: () => SocketError): void {
    const entries = this.#entries;
    this.#entries = NONE;
    for (const entry of entries) {
      if (!entry.settled) entry.reject(error());
    }
    if (this.#fin !== undefined && !this.#fin.settled) {
      this.#fin.reject(finError());
    }
  }
}
