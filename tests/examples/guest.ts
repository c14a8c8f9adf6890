/**
 * A client of a server: a socket of the runtime's own, so that the
 * library has no part in this end.
 *
 * @module
 */
import { assertEquals } from "@std/assert";

/** A plain connection. */
export class Guest implements Disposable {
  readonly #conn: Deno.Conn;

  constructor(conn: Deno.Conn) {
    this.#conn = conn;
  }

  /** Connects to a server on 127.0.0.1. */
  static async at(port: number): Promise<Guest> {
    return new Guest(await Deno.connect({ hostname: "127.0.0.1", port }));
  }

  /** What servers call this end. */
  get name(): string {
    const { hostname, port } = this.#conn.localAddr as Deno.NetAddr;
    return `${hostname}:${port}`;
  }

  /** Sends a text, or bytes. */
  async send(what: string | Uint8Array): Promise<void> {
    let rest = typeof what === "string" ? new TextEncoder().encode(what) : what;
    while (rest.byteLength > 0) {
      rest = rest.subarray(await this.#conn.write(rest));
    }
  }

  /** Sends the end. */
  end(): Promise<void> {
    return this.#conn.closeWrite();
  }

  /** Reads as much as the text is long, which must be that text. */
  async hear(text: string): Promise<void> {
    const heard = new Uint8Array(new TextEncoder().encode(text).byteLength);
    let filled = 0;
    while (filled < heard.byteLength) {
      const n = await this.#conn.read(heard.subarray(filled));
      if (n === null) break;
      filled += n;
    }
    assertEquals(new TextDecoder().decode(heard.subarray(0, filled)), text);
  }

  /** Reads the end, before which nothing may come. */
  async hearEnd(): Promise<void> {
    assertEquals(await this.#conn.read(new Uint8Array(1)), null);
  }

  /** Reads until the connection is over, whatever comes and however it ends. */
  async outlive(): Promise<void> {
    const bin = new Uint8Array(64 * 1024);
    try {
      while (await this.#conn.read(bin) !== null);
    } catch (error) {
      if (!(error instanceof Deno.errors.ConnectionReset)) throw error;
    }
  }

  /** Leaves. */
  [Symbol.dispose](): void {
    this.#conn.close();
  }
}
