/**
 * Unix datagram sockets on `Deno.listenDatagram`, which is there only with the
 * flag `--unstable-net`.
 *
 * @module
 */
import { datagramConnOver, type DatagramLink } from "../core/datagram_conn.ts";
import type { Target, UnixDatagramPlan } from "../core/datagram_options.ts";
import type { Inbox } from "../core/inbox.ts";
import { type FileId, isSame } from "../core/socket_file.ts";
import type { DatagramConn } from "../datagram_types.ts";
import { socketError } from "../errno.ts";
import type { SocketError } from "../errors.ts";
import type { UnixAddr } from "../types.ts";
import { translate } from "./errors.ts";
import { files, identifyOwn } from "./files.ts";

/** More than Linux lets a socket send at once, unless its limits are raised. */
const BUFFER_BYTES = 256 * 1024;

/** The part of Deno's datagram sockets that is used; their types need the flag. */
interface UnixSocket {
  receive(p: Uint8Array): Promise<[Uint8Array, { path: string | null }]>;
  send(p: Uint8Array, to: Place): Promise<number>;
  close(): void;
  ref(): void;
  unref(): void;
}

/** A path as Deno has it. */
interface Place {
  readonly transport: "unixpacket";
  readonly path: string;
}

/** Nothing is dropped: what nobody receives stays with the system. */
const LIMITS = { maxQueuedBytes: Infinity, maxQueuedDatagrams: Infinity };

/** See `DatagramNetwork.listenDatagram`. */
// deno-lint-ignore require-await -- what is thrown is to be a rejection
export async function openUnix(
  { path, address }: UnixDatagramPlan,
): Promise<DatagramConn<UnixAddr>> {
  const { listenDatagram } = Deno as unknown as {
    listenDatagram?: (where: Place) => UnixSocket;
  };
  if (listenDatagram === undefined) {
    throw socketError("ENOTSUP", "listenDatagram", address, {
      reason: "on Deno Unix datagram sockets need --unstable-net",
    });
  }
  let inner: UnixSocket;
  try {
    inner = listenDatagram({ transport: "unixpacket", path });
  } catch (error) {
    throw translate(error, "listenDatagram", address);
  }
  return datagramConnOver(new UnixDatagramLink(inner, address), LIMITS);
}

class UnixDatagramLink implements DatagramLink<UnixAddr> {
  readonly addr: UnixAddr;
  readonly remoteAddr = undefined;
  readonly udp = undefined;
  readonly #inner: UnixSocket;
  readonly #id: FileId | undefined;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #inbox!: Inbox<UnixAddr>;
  /** Whether a receive of Deno's is under way. */
  #receiving = false;
  #waiting = false;
  #wanted = true;

  constructor(inner: UnixSocket, addr: UnixAddr) {
    this.#inner = inner;
    this.addr = addr;
    this.#id = identifyOwn(addr.path);
  }

  get address(): UnixAddr {
    return this.addr;
  }

  attach(inbox: Inbox<UnixAddr>): void {
    this.#inbox = inbox;
  }

  // deno-lint-ignore require-await -- what is thrown is to be a rejection
  async connect(peer: UnixAddr): Promise<void> {
    throw socketError("ENOTSUP", "connectDatagram", peer, {
      reason: "Deno cannot connect Unix datagram sockets",
    });
  }

  resolve(target: Target): UnixAddr {
    return target as UnixAddr;
  }

  async send(bytes: Uint8Array, to: UnixAddr | undefined): Promise<number> {
    try {
      const { path } = to!;
      return await this.#inner.send(bytes, { transport: "unixpacket", path });
    } catch (error) {
      throw this.#inbox.closed
        ? socketError("EINTR", "send", to, { cause: error })
        : translate(error, "send", to);
    }
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve));
  }

  receiveWaiting(waiting: boolean): void {
    this.#waiting = waiting;
    if (waiting) this.#receive();
    if (this.#wanted) this.#holdIf(waiting);
  }

  close(): void {
    this.#inner.close();
    // Deno leaves the file, which is removed here where there is a right to.
    try {
      const now = files.identify(this.addr.path);
      if (isSame(now, this.#id)) files.unlink(this.addr.path);
    } catch {
      // It stays.
    }
  }

  ref(): void {
    this.#wanted = true;
    this.#holdIf(this.#waiting);
  }

  unref(): void {
    this.#wanted = false;
    this.#holdIf(false);
  }

  #holdIf(waiting: boolean): void {
    if (waiting) this.#inner.ref();
    else this.#inner.unref();
  }

  /** Takes from the system what is waited for, one after the other. */
  async #receive(): Promise<void> {
    if (this.#receiving) return;
    this.#receiving = true;
    try {
      while (this.#inbox.wanted) {
        const [data, { path }] = await this.#inner.receive(this.#buffer);
        const from: UnixAddr = { transport: "unix", path: path ?? "" };
        this.#inbox.push(data as Uint8Array<ArrayBuffer>, from, false);
      }
    } catch (error) {
      // Permissions are asked for when it is opened, never when it receives.
      const failure = translate(error, "receive", this.addr) as SocketError;
      this.#inbox.fail(failure);
    } finally {
      this.#receiving = false;
    }
    if (this.#inbox.wanted && !this.#inbox.closed) this.#receive();
  }
}
