/**
 * The classic socket beside a real one: the same calls of both have to come to
 * the same.
 *
 * @module
 */
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  errors,
  type How,
  type NetAddr,
  SO_BROADCAST,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_STREAM,
  Socket,
  type SocketAddress,
  SOL_SOCKET,
} from "@anyport/sockets/berkeley";
import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { socketDirectory } from "../conformance/case.ts";
import type {
  Call,
  FamilyName,
  Numbers,
  Outcome,
  SocketModel,
} from "./socket_calls.ts";

/** How many sequences of calls are made. */
const RUNS = 150;

/** Milliseconds that a call may wait. */
const WAIT_MS = 5000;

const KINDS = {
  inet: [AF_INET, SOCK_STREAM],
  unix: [AF_UNIX, SOCK_STREAM],
  inetDgram: [AF_INET, SOCK_DGRAM],
  inet6Dgram: [AF_INET6, SOCK_DGRAM],
} as const;

/** Why nothing can be compared here, if so. */
export const skip = process.platform !== "linux"
  ? "the errors that are compared are Linux's"
  : spawnSync("python3", ["--version"]).status === 0
  ? undefined
  : "needs program python3";

/** Python's sockets, in a process of their own. */
class RealSockets {
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    this.#process = spawn("python3", ["tests/property/real_sockets.py"], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.#process.stdout! })
      [Symbol.asyncIterator]();
  }

  async run(call: Call | { op: "end"; id: number }): Promise<Outcome> {
    this.#process.stdin!.write(JSON.stringify(call) + "\n");
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("python3 has ended");
    return JSON.parse(value);
  }

  async end(): Promise<void> {
    const exit = once(this.#process, "exit");
    this.#process.stdin!.end();
    await exit;
  }
}

/** The library's. */
class OwnSockets implements Disposable {
  readonly #sockets: Socket[] = [];
  readonly #directory = socketDirectory();
  #paths = 0;

  async run(call: Call): Promise<Outcome> {
    try {
      return { value: await this.#value(call) ?? null };
    } catch (error) {
      if (!(error instanceof errors.SocketError)) throw error;
      // To Linux they are the same number.
      return { code: error.code === "EOPNOTSUPP" ? "ENOTSUP" : error.code };
    }
  }

  async #value({ op, id, family, other, number = 0 }: Call): Promise<unknown> {
    if (op === "socket") {
      const socket = this.#sockets[id] = new Socket(...KINDS[family!]);
      // What waits, and the system's does not, is to be told from what hangs.
      socket.setTimeout(WAIT_MS);
      return;
    }
    const socket = this.#sockets[id];
    const name = () => this.#sockets[other!].getsockname() as SocketAddress;
    switch (op) {
      case "bind":
        return await socket.bind(this.#fresh(family!));
      case "bindTaken":
        return await socket.bind(name());
      case "bindForeign":
        return await socket.bind({ hostname: "203.0.113.1", port: 0 });
      case "listen":
        return await socket.listen(number);
      case "connect":
        return await socket.connect(name());
      case "accept":
        this.#sockets[other!] = (await socket.accept())[0];
        return;
      case "send":
        return await socket.send(new Uint8Array(number));
      case "sendto":
        return await socket.sendTo(new Uint8Array(number), name());
      case "sendtoAll":
        return await socket.sendTo(new Uint8Array(number), {
          hostname: "127.255.255.255",
          port: 9,
        });
      case "recv":
        return socket.type === SOCK_DGRAM
          ? (await socket.recv(number)).byteLength
          : await received(socket, number);
      case "recvfrom": {
        const [data, from] = await socket.recvFrom(number);
        return [data.byteLength, this.#whose(socket, from as NetAddr | null)];
      }
      case "shutdown":
        return await socket.shutdown(number as How);
      case "close":
        return socket.close();
      case "getpeername":
        return socket.type === SOCK_DGRAM
          ? this.#whose(socket, socket.getpeername() as NetAddr)
          : void socket.getpeername();
      case "getsockname": {
        const addr = socket.getsockname();
        return addr.transport === "unix" ? addr.path !== "" : addr.hostname;
      }
      case "reuseAddr":
        return socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, number);
      case "broadcast":
        return socket.setsockopt(SOL_SOCKET, SO_BROADCAST, number);
      case "badOption":
        return socket.setsockopt(SOL_SOCKET, 999, number);
    }
  }

  #fresh(family: FamilyName): SocketAddress {
    switch (family) {
      case "unix":
        return { path: `${this.#directory.path}/${this.#paths++}` };
      case "inet6Dgram":
        return { hostname: "::1", port: 0 };
      default:
        return { hostname: "127.0.0.1", port: 0 };
    }
  }

  /** Which open socket of the same family has that port. */
  #whose({ family }: Socket, addr: NetAddr | null): number | null {
    const id = this.#sockets.findIndex((socket) => {
      try {
        return socket.family === family &&
          (socket.getsockname() as NetAddr).port === addr?.port;
      } catch {
        return false; // It is closed.
      }
    });
    return id < 0 ? null : id;
  }

  [Symbol.dispose](): void {
    for (const socket of this.#sockets) socket.close();
    this.#directory[Symbol.dispose]();
  }
}

async function received(socket: Socket, size: number): Promise<number> {
  let got = 0;
  while (got < size) {
    const part = (await socket.recv(size - got)).byteLength;
    if (part === 0) break;
    got += part;
  }
  return got;
}

interface Both {
  readonly own: OwnSockets;
  readonly real: RealSockets;
  readonly calls: string[];
}

/** Makes a call of both. */
async function compare(
  call: Call,
  model: SocketModel,
  { own, real, calls }: Both,
): Promise<void> {
  calls.push(JSON.stringify(call));
  const expected = await real.run(call);
  const outcome = await own.run(call);
  assertEquals(outcome, expected, calls.join("\n"));
  model.note(call, outcome);
}

/** A call, of whichever sockets there are by then. */
class RandomCall implements fc.AsyncCommand<SocketModel, Both> {
  readonly #numbers: Numbers;

  constructor(numbers: Numbers) {
    this.#numbers = numbers;
  }

  check(model: Readonly<SocketModel>): boolean {
    return model.choose(this.#numbers) !== undefined;
  }

  async run(model: SocketModel, both: Both): Promise<void> {
    await compare(model.choose(this.#numbers)!, model, both);
  }

  toString(): string {
    return JSON.stringify(this.#numbers);
  }
}

/** What is compared: calls, as often as their numbers say, after some that are always made. */
export interface Comparison {
  readonly weights: { readonly [op in Call["op"]]?: number };
  readonly opening: readonly Call[];
  model(): SocketModel;
}

/** Compares, and fails where the two differ. */
export async function compareRandomCalls(
  { weights, opening, model: makeModel }: Comparison,
): Promise<void> {
  const weighted = Object.entries(weights).flatMap(([op, weight]) => {
    const call = fc.tuple(
      fc.constant(op as Call["op"]),
      fc.nat(999),
      fc.nat(999),
      fc.nat(9999),
    ).map((numbers) => new RandomCall(numbers));
    return Array<typeof call>(weight).fill(call);
  });
  const real = new RealSockets();
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.commands(weighted, { maxCommands: 60, size: "max" }),
        async (commands) => {
          using own = new OwnSockets();
          const both: Both = { own, real, calls: [] };
          const model = makeModel();
          for (const call of opening) await compare(call, model, both);
          await fc.asyncModelRun(() => ({ model, real: both }), commands);
          await real.run({ op: "end", id: 0 });
        },
      ),
      { numRuns: RUNS },
    );
  } finally {
    await real.end();
  }
}
