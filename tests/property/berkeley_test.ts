/**
 * The classic socket beside a real one: random calls, the same of both, have to
 * come to the same.
 *
 * @module
 */
import {
  AF_INET,
  AF_UNIX,
  errors,
  type How,
  SO_REUSEADDR,
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
import { test } from "../harness.ts";
import {
  type Call,
  type FamilyName,
  OPENING,
  type Outcome,
  Sockets,
} from "./socket_calls.ts";

const RUNS = 150;
const FAMILIES = { inet: AF_INET, unix: AF_UNIX } as const;

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
      return { code: error.code };
    }
  }

  async #value({ op, id, family, other, number = 0 }: Call): Promise<unknown> {
    if (op === "socket") {
      this.#sockets[id] = new Socket(FAMILIES[family!], SOCK_STREAM);
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
      case "recv":
        return await received(socket, number);
      case "shutdown":
        return await socket.shutdown(number as How);
      case "close":
        return socket.close();
      case "getpeername":
        socket.getpeername();
        return;
      case "getsockname": {
        const addr = socket.getsockname();
        return addr.transport === "unix" ? addr.path !== "" : addr.hostname;
      }
      case "reuseAddr":
        return socket.setsockopt(SOL_SOCKET, SO_REUSEADDR, number);
      case "badOption":
        return socket.setsockopt(SOL_SOCKET, 999, number);
    }
  }

  #fresh(family: FamilyName): SocketAddress {
    return family === "inet"
      ? { hostname: "127.0.0.1", port: 0 }
      : { path: `${this.#directory.path}/${this.#paths++}` };
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
  sockets: Sockets,
  { own, real, calls }: Both,
): Promise<void> {
  calls.push(JSON.stringify(call));
  const expected = await real.run(call);
  const outcome = await own.run(call);
  assertEquals(outcome, expected, calls.join("\n"));
  sockets.note(call, outcome);
}

/** A call, of whichever sockets there are by then. */
class RandomCall implements fc.AsyncCommand<Sockets, Both> {
  readonly #numbers: readonly [Call["op"], number, number, number];

  constructor(numbers: readonly [Call["op"], number, number, number]) {
    this.#numbers = numbers;
  }

  check(sockets: Readonly<Sockets>): boolean {
    return sockets.choose(this.#numbers) !== undefined;
  }

  async run(sockets: Sockets, both: Both): Promise<void> {
    await compare(sockets.choose(this.#numbers)!, sockets, both);
  }

  toString(): string {
    return JSON.stringify(this.#numbers);
  }
}

const OPS: { readonly [op in Call["op"]]: number } = {
  socket: 4,
  bind: 4,
  bindTaken: 1,
  bindForeign: 1,
  listen: 4,
  connect: 6,
  accept: 6,
  send: 5,
  recv: 5,
  shutdown: 2,
  close: 2,
  getsockname: 1,
  getpeername: 1,
  reuseAddr: 1,
  badOption: 1,
};

const byOp = (Object.keys(OPS) as Call["op"][]).map((op) =>
  fc.tuple(fc.constant(op), fc.nat(999), fc.nat(999), fc.nat(9999))
    .map((numbers) => new RandomCall(numbers))
);
const weighted = (Object.values(OPS)).flatMap((weight, i) =>
  Array<typeof byOp[0]>(weight).fill(byOp[i])
);

const skip = process.platform !== "linux"
  ? "the errors that are compared are Linux's"
  : spawnSync("python3", ["--version"]).status === 0
  ? undefined
  : "needs program python3";

test("Socket does what python3's does, whatever is called in whatever order", {
  skip,
  limitMs: 60_000,
}, async () => {
  const real = new RealSockets();
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.commands(weighted, { maxCommands: 60, size: "max" }),
        async (commands) => {
          using own = new OwnSockets();
          const both: Both = { own, real, calls: [] };
          const model = new Sockets();
          for (const call of OPENING) await compare(call, model, both);
          await fc.asyncModelRun(() => ({ model, real: both }), commands);
          await real.run({ op: "end", id: 0 });
        },
      ),
      { numRuns: RUNS },
    );
  } finally {
    await real.end();
  }
});
