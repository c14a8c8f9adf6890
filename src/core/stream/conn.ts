/**
 * The connection class of every runtime: a read queue, a write queue and two web
 * streams over the backend that an adapter supplies.
 *
 * @module
 */
import { socketError } from "../errno.ts";
import { shown } from "../shown.ts";
import type { Operation } from "../../api/errors.ts";
import type {
  Addr,
  BoundedReadOptions,
  Chunk,
  Conn,
  KeepAliveOptions,
  ReadLineOptions,
  WaitOptions,
  Writable,
} from "../../api/stream.ts";
import { isBytes } from "./bytes.ts";
import {
  Lines,
  peek,
  readExactly,
  readLine,
  readUntil,
} from "./bounded_reads.ts";
import { checkFlag, checkKeepAlive } from "../options/stream.ts";
import type { ConnBackend } from "./backend.ts";
import type { Need } from "./needs.ts";
import { type Detached, ReadQueue } from "./read_queue.ts";
import { readableOf, writableOf } from "./web_streams.ts";
import { WriteQueue } from "./write_queue.ts";

/** Marks the connections of every copy of this library. */
const BRAND = Symbol.for("@anyport/sockets Conn");

/** Error reason of calls on a connection that was upgraded. */
const UPGRADED = "it was handed over to startTls(); use what that returned";

/** The remaining calls of a revoked connection. */
export type Revoked = Pick<Conn, "closeWrite" | "readChunk" | "close">;

/** The parts of an upgraded connection. */
export interface Upgrade<A extends Addr> {
  readonly backend: ConnBackend<A>;
  /** Bytes that were received before the upgrade, and the end, if it was reached. */
  readonly early: Detached;
  /** Sets the connection that closing or resetting this one closes or resets. */
  readonly setSuccessor: (successor: Conn<A>) => void;
}

/** Throws if the bytes already received, or the backend, forbid an upgrade. */
export type UpgradeCheck = (
  reads: ReadQueue,
  backend: ConnBackend<Addr>,
) => void;

/** The connection of every runtime, over a backend. */
export class StreamConn<A extends Addr> implements Conn<A> {
  readonly #backend: ConnBackend<A>;
  readonly #reads: ReadQueue;
  readonly #writes: WriteQueue;
  /** The connection that took over the backend. */
  #successor: Conn<A> | undefined;
  #readable: ReadableStream<Chunk> | undefined;
  #writable: WritableStream<Uint8Array> | undefined;
  /** How many of the two streams are done. */
  #streamsDone = 0;
  #closed = false;

  constructor(backend: ConnBackend<A>) {
    this.#backend = backend;
    this.#reads = new ReadQueue(backend);
    this.#writes = new WriteQueue(backend);
    backend.attach(this.#reads, this.#writes);
  }

  /**
   * Whether a connection reads straight into the caller's buffer. Reusing one buffer then
   * costs less than a new chunk for each read.
   */
  static readsInPlace(conn: object): boolean {
    return #backend in conn && conn.#backend.readDirect !== undefined;
  }

  /**
   * Marks what was written to a connection as truncated, or (`false`) as whole. Other
   * objects are ignored. See `WriteQueue.markShort`.
   */
  static markShort(conn: object, isShort: boolean): void {
    if (#backend in conn) conn.#writes.markShort(isShort);
  }

  /**
   * Whether closing a connection at once loses no data.
   *
   * True once the peer has sent FIN or RST, so that the kernel holds no unread bytes, and
   * no write is pending. Also true for a closed connection, and for one that `close()`
   * resets in any case.
   */
  static isSpent(conn: object): boolean {
    if (!(#backend in conn)) return false;
    if (conn.#successor !== undefined) {
      return StreamConn.isSpent(conn.#successor);
    }
    return conn.#closed || conn.#writes.short ||
      (conn.#reads.ended && !conn.#writes.waits);
  }

  /**
   * Closes or resets a connection on behalf of the library.
   *
   * @param reason Ends the messages of the errors of its calls.
   */
  static closeFor(conn: Conn, reason: string, how: "close" | "reset"): void {
    if (#backend in conn) {
      (conn as StreamConn<Addr>).#end(how === "reset", reason);
    } else conn[how]();
  }

  /**
   * Revokes the user's access to a connection. Pending reads are interrupted, new calls
   * are refused, and queued writes are still sent.
   *
   * @param reason Ends the messages of their errors.
   * @returns The calls that remain; the connection itself, if it is not of this library.
   */
  static revoke(conn: Conn, reason: string): Revoked {
    if (!(#backend in conn)) return conn;
    const given = conn as StreamConn<Addr>;
    if (given.#successor !== undefined) {
      return StreamConn.revoke(given.#successor, reason);
    }
    const reads = given.#reads;
    reads.revoke(reason);
    return {
      closeWrite: () => given.#writes.revoke(reason),
      readChunk: (options = {}) => reads.readRevoked(options),
      close: () => given.#end(false, reason),
    };
  }

  /**
   * Detaches a connection's backend, so that another protocol can run over it. Closing or
   * resetting the connection then closes or resets its successor.
   *
   * @param check Throws if the bytes already received forbid the upgrade.
   * @throws {TypeError} not a connection of this library
   * @throws {SocketError} in use or closed; the connection is unchanged
   */
  static upgrade<A extends Addr>(
    conn: Conn<A>,
    operation: Operation,
    check: UpgradeCheck,
  ): Upgrade<A> {
    const given = StreamConn.#free(conn, operation, check);
    given.#writes.detach(UPGRADED);
    const early = given.#reads.detach(UPGRADED);
    return {
      backend: given.#backend,
      early,
      setSuccessor: (successor) => {
        given.#successor = successor;
      },
    };
  }

  /**
   * Upgrades as {@linkcode upgrade}, after the bytes that the kernel holds have been
   * pushed. Until then the connection refuses calls.
   *
   * @param take Called in the same turn. Bytes that arrive before it attaches queues are
   *   lost.
   */
  static async upgradeInTurn<A extends Addr, T>(
    conn: Conn<A>,
    operation: Operation,
    check: UpgradeCheck,
    take: (parts: Upgrade<A>) => T,
  ): Promise<T> {
    const given = StreamConn.#free(conn, operation, check);
    given.#reads.lock(UPGRADED);
    given.#writes.lock(UPGRADED);
    try {
      await given.#backend.lookAhead();
    } finally {
      given.#reads.unlock(UPGRADED);
      given.#writes.unlock(UPGRADED);
    }
    return take(StreamConn.upgrade(conn, operation, check));
  }

  /** @throws {TypeError} not a connection of this library */
  static checkOwn(conn: unknown, doing = "start TLS on"): void {
    if (typeof conn === "object" && conn !== null) {
      if (#backend in conn) return;
      if (BRAND in conn) {
        throw new TypeError(
          `Cannot ${doing} a connection of another copy of @anyport/sockets: import it by one specifier, in one version`,
        );
      }
    }
    throw new TypeError(
      `Cannot ${doing} ${shown(conn)}: give a connection of this library`,
    );
  }

  /** Reads what a need says: see `ReadQueue.readNeeded`. */
  static readNeeded<T>(
    conn: Conn,
    need: Need<T>,
    limits: WaitOptions | undefined,
  ): Promise<T | null> {
    StreamConn.checkOwn(conn, "frame");
    return (conn as StreamConn<Addr>).#reads.readNeeded(need, limits);
  }

  /** @throws if it cannot be upgraded: see {@linkcode upgrade} */
  static #free<A extends Addr>(
    conn: Conn<A>,
    operation: Operation,
    check: UpgradeCheck,
  ): StreamConn<A> {
    StreamConn.checkOwn(conn);
    const given = conn as unknown as StreamConn<A>;
    const reads = given.#reads,
      writes = given.#writes,
      backend = given.#backend;
    const refuse = (code: string, reason?: string) =>
      socketError(code, operation, backend.remoteAddr, { reason });
    if (given.#closed) throw refuse("EBADF");
    if (given.#successor !== undefined) throw refuse("EBADF", UPGRADED);
    if (reads.reason !== undefined) throw refuse("EBADF", reads.reason);
    if (reads.isAwaited || backend.readsDirectly) {
      throw refuse("EBUSY", "a read waits; let it end before");
    }
    if (writes.waits) throw refuse("EBUSY", "a write waits; let it end before");
    if (writes.ending) {
      throw refuse("EPIPE", "closeWrite() was called before");
    }
    check(reads, backend);
    return given;
  }

  get localAddr(): A {
    return this.#backend.localAddr;
  }

  get remoteAddr(): A {
    return this.#backend.remoteAddr;
  }

  get bytesRead(): number {
    return this.#reads.bytesRead + (this.#successor?.bytesRead ?? 0);
  }

  get bytesWritten(): number {
    return this.#writes.bytesWritten + (this.#successor?.bytesWritten ?? 0);
  }

  read(p: Uint8Array, options?: WaitOptions): Promise<number | null> {
    const backend = this.#backend;
    if (
      backend.readDirect !== undefined && options === undefined &&
      this.#reads.idle && isBytes(p) && p.byteLength > 0
    ) {
      const reading = backend.readDirect(p);
      if (reading !== undefined) return reading;
    }
    return this.#reads.read(p, options);
  }

  readChunk(options?: WaitOptions): Promise<Chunk | null> {
    return this.#reads.readChunk(options);
  }

  readExactly<P extends number | Uint8Array>(
    size: P,
    options?: BoundedReadOptions,
  ): Promise<(P extends number ? Chunk : P) | null> {
    return readExactly(this.#reads, size, options) as Promise<
      (P extends number ? Chunk : P) | null
    >;
  }

  readUntil(
    delimiter: Uint8Array | string,
    options?: BoundedReadOptions,
  ): Promise<Chunk | null> {
    return readUntil(this.#reads, delimiter, options);
  }

  readLine(options?: ReadLineOptions): Promise<string | null> {
    return readLine(this.#reads, options);
  }

  lines(options?: ReadLineOptions): AsyncIterableIterator<string> {
    return new Lines(this.#reads, options);
  }

  peek(size: number, options?: BoundedReadOptions): Promise<Chunk | null> {
    return peek(this.#reads, size, options);
  }

  write(
    p: Writable | readonly Writable[],
    options?: WaitOptions,
  ): Promise<number> {
    return this.#writes.write(p, options);
  }

  closeWrite(): Promise<void> {
    return this.#writes.closeWrite();
  }

  close(): void {
    this.#end(false);
  }

  reset(): void {
    this.#end(true);
  }

  get readable(): ReadableStream<Chunk> {
    return this.#readable ??= readableOf(
      this.#reads,
      () => this.#streamDone(),
    );
  }

  get writable(): WritableStream<Uint8Array> {
    return this.#writable ??= writableOf(this, () => this.#streamDone());
  }

  /** See `StreamSink`. */
  get writeWaits(): boolean {
    return this.#writes.waits;
  }

  /** See `StreamSink`. */
  get endWaits(): boolean {
    return this.#writes.waits || this.#backend.opening === true;
  }

  setNoDelay(noDelay = true): void {
    checkFlag("noDelay", noDelay, true);
    this.#checkTcp("setNoDelay");
    this.#backend.setNoDelay(noDelay);
  }

  setKeepAlive(keepAlive: boolean | KeepAliveOptions = true): void {
    const { on, delayMs } = checkKeepAlive(keepAlive);
    this.#checkTcp("setKeepAlive");
    this.#backend.setKeepAlive(on, delayMs);
  }

  ref(): void {
    (this.#successor ?? this.#backend).ref();
  }

  unref(): void {
    (this.#successor ?? this.#backend).unref();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #end(reset: boolean, reason?: string): void {
    if (this.#closed) return;
    this.#closed = true;
    const successor = this.#successor;
    if (successor !== undefined) {
      const how = reset ? "reset" : "close";
      if (reason === undefined) successor[how]();
      else StreamConn.closeFor(successor, reason, how);
      return;
    }
    // The queues close first, so that later rejections of the runtime count as results
    // of this close.
    const isShort = this.#writes.close(reason);
    this.#reads.close(reason);
    this.#backend.close(isShort || reset);
  }

  #streamDone(): void {
    this.#streamsDone++;
    if (this.#streamsDone === 2) this.close();
  }

  #checkTcp(operation: Operation): void {
    const { remoteAddr } = this.#backend;
    if (this.#closed) throw socketError("EBADF", operation, remoteAddr);
    if (this.#successor !== undefined) {
      throw socketError("EBADF", operation, remoteAddr, { reason: UPGRADED });
    }
    if (remoteAddr.transport !== "tcp") {
      throw socketError("ENOTSUP", operation, remoteAddr, {
        reason: "it is not a TCP connection",
      });
    }
  }
}

Object.defineProperty(StreamConn.prototype, BRAND, { value: true });
