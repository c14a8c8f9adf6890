/**
 * Reads the ClientHello (RFC 8446 §4.1.2) before the server answers.
 *
 * The choice of the certificate depends on it, and not every runtime supports a choice
 * at that point (seen with Deno 2.9 and Bun 1.4).
 *
 * @module
 */
import type { TlsClientHello } from "../../api/tls.ts";
import type { Chunk } from "../../api/stream.ts";
import { serverNameOf } from "./server_name.ts";

/** The first byte that a TLS client sends: the type of a handshake record. */
export const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const RECORD_HEAD_BYTES = 5;
const MESSAGE_HEAD_BYTES = 4;
/** The capacity of a record. No client sends more, even with post-quantum key shares. */
const MAX_MESSAGE_BYTES = 16 * 1024;

const SERVER_NAME = 0;
const ALPN = 16;
const SUPPORTED_VERSIONS = 43;
const TLS_1_2 = 0x0303;
const TLS_1_3 = 0x0304;

/** Alerts (RFC 8446 §6). */
const UNEXPECTED_MESSAGE = 10;
const ILLEGAL_PARAMETER = 47;
const DECODE_ERROR = 50;

/** The fields of a ClientHello that matter here. */
export interface Hello extends TlsClientHello {
  /**
   * Whether the client supports TLS 1.2: by `supported_versions` (RFC 8446 §4.2.1), or
   * without that by `legacy_version`.
   */
  readonly speaks12: boolean;
  /** Whether the client supports TLS 1.3. */
  readonly speaks13: boolean;
}

/**
 * A ClientHello that violates the protocol. It is refused here, so that every runtime
 * behaves alike: they could differ in which of two names counts.
 */
export class MalformedHello extends Error {
  readonly alert: number;

  constructor(reason: string, alert: number = DECODE_ERROR) {
    super(`the ClientHello is malformed: ${reason}`);
    this.alert = alert;
  }
}

/**
 * Reassembles the ClientHello from any number of chunks and records. The work is
 * proportional to the bytes received.
 */
export class HelloReader {
  /** All bytes received. */
  readonly #taken = new Pile();
  readonly #message = new Pile();
  /** The bytes of a record header so far. */
  #head: number[] = [];
  /** How many bytes of the current record are missing. */
  #left = 0;

  /** All bytes that were taken. */
  get bytes(): Chunk {
    return this.#taken.bytes;
  }

  /**
   * Takes received bytes, and owns them from then on.
   *
   * @returns `undefined` while the message is incomplete; `null` if it is not a
   *   ClientHello, or too long: the engine refuses it.
   */
  take(bytes: Chunk): Hello | MalformedHello | null | undefined {
    this.#taken.add(bytes);
    for (let at = 0; at < bytes.length;) {
      if (this.#left === 0) {
        this.#head.push(bytes[at++]);
        if (this.#head[0] !== HANDSHAKE_RECORD) return null;
        if (this.#head.length < RECORD_HEAD_BYTES) continue;
        this.#left = this.#head[3] << 8 | this.#head[4];
        if (this.#left === 0) return null;
        this.#head = [];
      } else {
        const fragment = bytes.subarray(at, at + this.#left);
        at += fragment.length;
        this.#left -= fragment.length;
        this.#message.add(fragment);
        const hello = this.#read();
        if (hello !== undefined) return hello;
      }
    }
    return undefined;
  }

  #read(): Hello | MalformedHello | null | undefined {
    const message = this.#message.bytes;
    if (message[0] !== CLIENT_HELLO) return null;
    if (message.length < MESSAGE_HEAD_BYTES) return undefined;
    const whole = MESSAGE_HEAD_BYTES +
      (message[1] << 16 | message[2] << 8 | message[3]);
    if (whole > MAX_MESSAGE_BYTES) return null;
    if (message.length < whole) return undefined;
    if (message.length > whole || this.#left > 0) {
      return new MalformedHello("more follows it", UNEXPECTED_MESSAGE);
    }
    try {
      return parse(new Reader(message, MESSAGE_HEAD_BYTES, whole));
    } catch (error) {
      if (error instanceof MalformedHello) return error;
      throw error;
    }
  }
}

/** A growing buffer. It copies the first bytes only when more follow. */
class Pile {
  #buffer: Chunk | undefined;
  #size = 0;

  get bytes(): Chunk {
    const buffer = this.#buffer ?? EMPTY;
    return buffer.length === this.#size
      ? buffer
      : buffer.subarray(0, this.#size);
  }

  add(bytes: Chunk): void {
    const size = this.#size + bytes.length;
    if (this.#buffer === undefined) this.#buffer = bytes;
    else {
      if (size > this.#buffer.length) {
        const larger = new Uint8Array(Math.max(size, 2 * this.#buffer.length));
        larger.set(this.bytes);
        this.#buffer = larger;
      }
      this.#buffer.set(bytes, this.#size);
    }
    this.#size = size;
  }
}

const EMPTY = new Uint8Array(0);

function parse(message: Reader): Hello {
  let speaks12 = message.number(2) >= TLS_1_2;
  message.skip(32); // Random.
  message.vector(1); // Session id.
  message.vector(2); // Cipher suites.
  message.vector(1); // Compression methods.
  let serverName: string | null = null;
  let alpnProtocols: string[] = [];
  let speaks13 = false;
  const extensions = message.done ? message : message.vector(2);
  message.end("its extensions");
  const seen = new Set<number>();
  while (!extensions.done) {
    const type = extensions.number(2);
    // RFC 8446 §4.2, RFC 5246 §7.4.1.4.
    if (seen.has(type)) {
      throw new MalformedHello(
        `extension ${type} comes twice`,
        ILLEGAL_PARAMETER,
      );
    }
    seen.add(type);
    const body = extensions.vector(2);
    if (type === SERVER_NAME) serverName = nameIn(body);
    else if (type === ALPN) alpnProtocols = textsIn(body);
    else if (type === SUPPORTED_VERSIONS) {
      const versions = body.vector(1);
      // RFC 8446 §4.2.1: where this extension is, the other version does not count.
      speaks12 = false;
      while (!versions.done) {
        const version = versions.number(2);
        if (version === TLS_1_3) speaks13 = true;
        if (version === TLS_1_2) speaks12 = true;
      }
      body.end("its versions");
    }
  }
  return { serverName, alpnProtocols, speaks12, speaks13 };
}

/** RFC 6066 §3: one name of each kind, and 0 is the only kind ever defined. */
function nameIn(body: Reader): string {
  const list = body.vector(2);
  body.end("its server names");
  if (list.number(1) !== 0) throw new MalformedHello("a name of no known kind");
  const name = list.vector(2).text();
  if (!list.done) throw new MalformedHello("it names several servers");
  return serverNameOf(name);
}

/** RFC 7301 §3.1: at least one name, none of them empty. */
function textsIn(body: Reader): string[] {
  const list = body.vector(2);
  body.end("its protocols");
  const texts: string[] = [];
  do {
    const text = list.vector(1).text();
    if (text === "") throw new MalformedHello("a protocol's name is empty");
    texts.push(text);
  } while (!list.done);
  return texts;
}

/** Reads numbers and vectors (RFC 8446 §3.4). @throws {MalformedHello} past the end */
class Reader {
  readonly #bytes: Uint8Array;
  readonly #end: number;
  #at: number;

  constructor(bytes: Uint8Array, from: number, end: number) {
    this.#bytes = bytes;
    this.#at = from;
    this.#end = end;
  }

  get done(): boolean {
    return this.#at >= this.#end;
  }

  skip(count: number): void {
    this.#advance(count);
  }

  number(size: number): number {
    let at = this.#advance(size);
    let value = 0;
    while (at < this.#at) value = value << 8 | this.#bytes[at++];
    return value;
  }

  /** Reads a vector whose length has `size` bytes. */
  vector(size: number): Reader {
    const from = this.#advance(this.number(size));
    return new Reader(this.#bytes, from, this.#at);
  }

  /** @throws {MalformedHello} if bytes are left */
  end(what: string): void {
    if (!this.done) throw new MalformedHello(`more follows ${what}`);
  }

  text(): string {
    return String.fromCharCode(...this.#bytes.subarray(this.#at, this.#end));
  }

  /** Skips bytes. @returns Where they begin. */
  #advance(count: number): number {
    const from = this.#at;
    if (from + count > this.#end) throw new MalformedHello("it ends too early");
    this.#at = from + count;
    return from;
  }
}
