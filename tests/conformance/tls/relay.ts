/**
 * What lies between two ends of TLS, and does what it likes with their bytes.
 *
 * @module
 */
import type { Listener } from "@anyport/sockets";
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { joined } from "../bytes.ts";

/** Whose bytes: the client's go up. */
export type Direction = "up" | "down";

/** What it does at one byte of a direction, counted from 0. */
export interface Damage {
  readonly direction: Direction;
  readonly at: number;
  /**
   * `cut`: FIN for both ends; `flip`: of one bit. `repeat` and `drop`: of all that
   * comes together with that byte.
   */
  readonly how: "cut" | "reset" | "flip" | "repeat" | "drop";
}

/** A record of TLS as anybody can see it (RFC 8446 §5). */
export interface SeenRecord {
  readonly type: number;
  readonly length: number;
}

/** The type of an alert's record; TLS 1.3 hides it in `APPLICATION_DATA`. */
export const ALERT = 21;
export const APPLICATION_DATA = 23;

/** Everything of one direction. */
interface Way {
  /** How many bytes have come. */
  count: number;
  /** How many of them have been dealt with. */
  passed: number;
  held: Uint8Array[] | undefined;
  /** What has been seen of a record that is not complete. */
  rest: Uint8Array;
  readonly records: SeenRecord[];
  ended: boolean;
}

/** Passes on the bytes of one connection, as long as it is told nothing else. */
export class Relay implements Pick<Listener, "addr">, Disposable {
  readonly #server: Server;
  readonly #target: { readonly hostname: string; readonly port: number };
  readonly #ways: Record<Direction, Way>;
  #damage: Damage | undefined;
  #sockets: Record<Direction, Socket> | undefined;
  /** Nothing passes any more. */
  #cut = false;
  #changed: (() => void)[] = [];

  private constructor(
    server: Server,
    { addr }: Pick<Listener, "addr">,
    damage: Damage | undefined,
    held: boolean,
  ) {
    if (addr.transport !== "tcp") throw new TypeError("not a TCP listener");
    this.#server = server;
    this.#target = addr;
    this.#damage = damage;
    const way = (): Way => ({
      count: 0,
      passed: 0,
      held: held ? [] : undefined,
      rest: new Uint8Array(0),
      records: [],
      ended: false,
    });
    this.#ways = { up: way(), down: way() };
    server.once("connection", (client: Socket) => this.#join(client));
  }

  /** Listens for one connection. @param held Whether it lets nothing pass yet. */
  static async listen(
    target: Pick<Listener, "addr">,
    { damage, held = false }: { damage?: Damage; held?: boolean } = {},
  ): Promise<Relay> {
    const server = createServer({ allowHalfOpen: true });
    const relay = new Relay(server, target, damage, held);
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return relay;
  }

  /** Where it listens. */
  get addr(): { transport: "tcp"; hostname: string; port: number } {
    const { port } = this.#server.address() as { port: number };
    return { transport: "tcp", hostname: "127.0.0.1", port };
  }

  /** What has passed, or was to. */
  records(direction: Direction): readonly SeenRecord[] {
    return this.#ways[direction].records;
  }

  /** Resolves once the end of that direction has been seen. */
  async untilEnd(direction: Direction): Promise<void> {
    while (!this.#ways[direction].ended) await this.#change();
  }

  /** Resolves once so many bytes of that direction have been seen. */
  async untilBytes(direction: Direction, count: number): Promise<void> {
    while (this.#ways[direction].count < count) await this.#change();
  }

  /** How many bytes of that direction have been seen. */
  count(direction: Direction): number {
    return this.#ways[direction].count;
  }

  /** Keeps back what comes from now on. */
  hold(directions: readonly Direction[] = ["up", "down"]): void {
    for (const direction of directions) this.#ways[direction].held ??= [];
  }

  /** Resolves once a record of that direction has been seen that is as asked, or its end. */
  async untilRecord(
    direction: Direction,
    is: (record: SeenRecord, at: number) => boolean,
  ): Promise<void> {
    const way = this.#ways[direction];
    while (!way.ended && !way.records.some(is)) await this.#change();
  }

  /** Passes on what was kept back, at once, and the rest as it comes. */
  release(): void {
    for (const direction of ["up", "down"] as const) {
      const way = this.#ways[direction];
      const { held } = way;
      way.held = undefined;
      if (held !== undefined && held.length > 0) {
        this.#pass(direction, joined(held));
      }
      if (way.ended && held !== undefined) this.#passEnd(direction);
    }
  }

  /** Does its damage later: `at` counts from now. */
  damageNext({ direction, at, how }: Damage): void {
    this.#damage = { direction, how, at: this.#ways[direction].passed + at };
  }

  /** Both ends see FIN now, and nothing more of each other. */
  cut(): void {
    this.#cut = true;
    for (const socket of Object.values(this.#sockets!)) socket.end();
  }

  /** Both ends see a reset now. */
  reset(): void {
    this.#cut = true;
    for (const socket of Object.values(this.#sockets!)) {
      socket.resetAndDestroy();
    }
  }

  [Symbol.dispose](): void {
    for (const socket of Object.values(this.#sockets ?? {})) socket.destroy();
    this.#server.close();
  }

  #join(client: Socket): void {
    const server = connect({
      host: this.#target.hostname,
      port: this.#target.port,
      allowHalfOpen: true,
    });
    // Of a direction: who is to get its bytes.
    this.#sockets = { up: server, down: client };
    for (
      const [direction, from] of [["up", client], ["down", server]] as const
    ) {
      from.setNoDelay(true);
      from.on("data", (bytes: Uint8Array) => this.#take(direction, bytes));
      from.on("end", () => {
        this.#ways[direction].ended = true;
        this.#notify();
        if (this.#ways[direction].held === undefined) this.#passEnd(direction);
      });
      // It passes on a reset as one. Node 20 and 22 never let go of a socket that
      // is reset after its end was sent.
      from.on("error", () => {
        const other = this.#other(direction);
        if (other.writableEnded) other.destroy();
        else other.resetAndDestroy();
      });
      from.on("close", () => {
        this.#ways[direction].ended = true;
        this.#notify();
      });
    }
  }

  #other(direction: Direction): Socket {
    return this.#sockets![direction];
  }

  #take(direction: Direction, bytes: Uint8Array): void {
    const way = this.#ways[direction];
    this.#see(way, bytes);
    way.count += bytes.byteLength;
    this.#notify();
    if (way.held !== undefined) way.held.push(bytes);
    else this.#pass(direction, bytes);
  }

  #pass(direction: Direction, bytes: Uint8Array): void {
    if (this.#cut) return;
    const way = this.#ways[direction];
    const start = way.passed;
    way.passed += bytes.byteLength;
    const damage = this.#damage;
    const at = damage?.direction === direction ? damage.at - start : -1;
    if (damage === undefined || at < 0 || at >= bytes.byteLength) {
      this.#other(direction).write(bytes);
      return;
    }
    this.#damage = undefined;
    this.#hurt(this.#other(direction), bytes, at, damage.how);
  }

  #hurt(
    socket: Socket,
    bytes: Uint8Array,
    at: number,
    how: Damage["how"],
  ): void {
    switch (how) {
      case "flip": {
        const flipped = Uint8Array.from(bytes);
        flipped[at] ^= 1;
        socket.write(flipped);
        return;
      }
      case "repeat":
        socket.write(bytes);
        socket.write(bytes);
        return;
      case "drop":
        return;
      default:
        this.#cut = true;
        socket.write(bytes.subarray(0, at), () => {
          if (how === "cut") this.cut();
          else this.reset();
        });
    }
  }

  #passEnd(direction: Direction): void {
    if (!this.#cut) this.#other(direction).end();
  }

  /** Takes note of the records. */
  #see(way: Way, bytes: Uint8Array): void {
    let rest = new Uint8Array(way.rest.byteLength + bytes.byteLength);
    rest.set(way.rest);
    rest.set(bytes, way.rest.byteLength);
    while (rest.byteLength >= 5) {
      const length = rest[3] << 8 | rest[4];
      if (rest.byteLength < 5 + length) break;
      way.records.push({ type: rest[0], length });
      rest = rest.subarray(5 + length);
    }
    way.rest = rest;
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#changed.push(resolve));
  }

  #notify(): void {
    for (const changed of this.#changed.splice(0)) changed();
  }
}
