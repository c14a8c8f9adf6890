/**
 * Sockets of the classic kind for the cases, and what their calls fail with.
 *
 * @module
 */
import {
  AF_INET,
  AF_UNIX,
  type Family,
  type NetAddr,
  SOCK_DGRAM,
  SOCK_STREAM,
  Socket,
  type SocketAddress,
} from "@anyport/sockets/berkeley";
import { errors } from "@anyport/sockets";
import { assert, assertEquals } from "@std/assert";
import { text } from "../bytes.ts";
import { type Case, socketDirectory } from "../case.ts";

/** The two families that every machine has. */
const FAMILIES: [string, Family][] = [["AF_INET", AF_INET], [
  "AF_UNIX",
  AF_UNIX,
]];

/** Where sockets of a family are bound, unlike any others. */
export class Place implements Disposable {
  readonly #directory = socketDirectory();
  #count = 0;

  readonly family: Family;

  constructor(family: Family) {
    this.family = family;
  }

  /** Another address. */
  next(): SocketAddress {
    return this.family === AF_UNIX
      ? { path: `${this.#directory.path}/${this.#count++}` }
      : { hostname: "127.0.0.1", port: 0 };
  }

  /** A listening socket. */
  async listening(): Promise<Socket> {
    const socket = new Socket(this.family, SOCK_STREAM);
    await socket.bind(this.next());
    await socket.listen(5);
    return socket;
  }

  /** Both ends of a connection. */
  async connected(): Promise<[client: Socket, server: Socket]> {
    using listening = await this.listening();
    const client = new Socket(this.family, SOCK_STREAM);
    await client.connect(listening.getsockname() as SocketAddress);
    const [server] = await listening.accept();
    return [client, server];
  }

  [Symbol.dispose](): void {
    this.#directory[Symbol.dispose]();
  }
}

/** The errno's name that a call fails with; "" if it does not. */
export async function codeOf(call: () => unknown): Promise<string> {
  try {
    await call();
    return "";
  } catch (error) {
    assert(error instanceof errors.SocketError, String(error));
    assert(error.message.startsWith("Cannot "), error.message);
    return error.code;
  }
}

/** The same of each family. */
export function ofEach(
  name: string,
  run: (place: Place) => Promise<void>,
): Case[] {
  return FAMILIES.map(([title, family]) => ({
    name: `Socket: ${name} (${title})`,
    needs: family === AF_UNIX ? ["unix"] : [],
    async run() {
      using place = new Place(family);
      await run(place);
    },
  }));
}

/** A socket of datagrams, bound to a port on loopback. */
export async function boundToDatagrams(
  family: Family = AF_INET,
): Promise<Socket> {
  const socket = new Socket(family, SOCK_DGRAM);
  const hostname = family === AF_INET ? "127.0.0.1" : "::1";
  await socket.bind({ hostname, port: 0 });
  return socket;
}

/** Where a socket is bound. */
export function nameOf(socket: Socket): NetAddr {
  return socket.getsockname() as NetAddr;
}

/** What it receives next, as a text, and from which port. */
export async function received(
  socket: Socket,
): Promise<[string, number | undefined]> {
  const [data, from] = await socket.recvFrom(100);
  return [text(data), (from as NetAddr | null)?.port];
}

/** Receives a marker: what was sent before it has come, or never will. */
export async function assertNextIs(
  socket: Socket,
  words: string,
): Promise<void> {
  assertEquals(text(await socket.recv(100)), words);
}
