/**
 * What a client asks for, read from its first message (RFC 8446 §4.1.2) before
 * anything is answered.
 *
 * Which certificate a server shows depends on it, and not every runtime lets
 * itself be told so late (seen with Deno 2.9 and Bun 1.4).
 *
 * @module
 */
import type { TlsClientHello } from "../../api/tls.ts";
import type { Chunk } from "../../api/stream.ts";
import { serverNameOf } from "./server_name.ts";

/** The first byte of what a client begins TLS with. */
export const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const RECORD_HEAD_BYTES = 5;
const MESSAGE_HEAD_BYTES = 4;
/** More than any client sends, post-quantum key shares included; what a record can hold. */
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

/** A client's first message, as far as it matters here. */
export interface Hello extends TlsClientHello {
  /** Whether it speaks TLS 1.2, or says so: one of TLS 1.3 does (RFC 8446 §4.1.2). */
  readonly speaks12: boolean;
  /** Whether it speaks TLS 1.3. */
  readonly speaks13: boolean;
}

/**
 * A first message that breaks the protocol. Refused here, so that every runtime does
 * so alike: which of two names counts is not to be a matter of taste.
 */
export class MalformedHello extends Error {
  readonly alert: number;

  constructor(reason: string, alert: number = DECODE_ERROR) {
    super(`the ClientHello is malformed: ${reason}`);
    this.alert = alert;
  }
}

/**
 * Puts the first message together, in however many pieces and records it comes:
 * the work is in proportion to what came.
 */
export class HelloReader {
  /** Everything that has come. */
  readonly #taken = new Pile();
  readonly #message = new Pile();
  /** The head of a record, as far as it has come. */
  #head: number[] = [];
  /** How much of the record is still to come. */
  #left = 0;

  /** What was taken. */
  get bytes(): Chunk {
    return this.#taken.bytes;
  }

  /**
   * Takes in bytes, which are its own from then on.
   *
   * @returns `undefined` as long as more has to come; `null` for what is no such
   *   message, or too long: the engine refuses it.
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

/** Bytes that become more; a copy of them is made when they do for the first time. */
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
  const speaks12 = message.number(2) >= TLS_1_2;
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
      while (!versions.done) {
        if (versions.number(2) === TLS_1_3) speaks13 = true;
      }
      body.end("its versions");
    }
  }
  return { serverName, alpnProtocols, speaks12, speaks13 };
}

/**
 * RFC 6066 §3: of each kind one name, and of the kinds only one was ever defined, 0.
 */
function nameIn(body: Reader): string {
  const list = body.vector(2);
  body.end("its server names");
  if (list.number(1) !== 0) throw new MalformedHello("a name of no known kind");
  const name = list.vector(2).text();
  if (!list.done) throw new MalformedHello("it names several servers");
  return serverNameOf(name);
}

/** RFC 7301 §3.1: at least one, none of them empty. */
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

  /** What follows a length of so many bytes. */
  vector(size: number): Reader {
    const from = this.#advance(this.number(size));
    return new Reader(this.#bytes, from, this.#at);
  }

  /** @throws {MalformedHello} more is there */
  end(what: string): void {
    if (!this.done) throw new MalformedHello(`more follows ${what}`);
  }

  text(): string {
    return String.fromCharCode(...this.#bytes.subarray(this.#at, this.#end));
  }

  /** Steps over bytes. @returns Where they begin. */
  #advance(count: number): number {
    const from = this.#at;
    if (from + count > this.#end) throw new MalformedHello("it ends too early");
    this.#at = from + count;
    return from;
  }
}
