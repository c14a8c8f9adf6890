/**
 * One end of TLS under test, a peer that is not the library, and a relay between.
 *
 * @module
 */
import type { TlsConn, TlsVersion } from "@anyport/sockets";
import { type Certificates, certificates } from "../../certificates.ts";
import type { Capability, Case, Net } from "../case.ts";
import { connectWell, listenWell, withCertificates } from "./pair.ts";
import { only, TlsPeer, TlsPeerServer } from "./peer.ts";
import { type Direction, Relay } from "./relay.ts";

/** Both ends have shaken hands. */
export interface TestedEnd extends Disposable {
  /** The end under test. */
  readonly conn: TlsConn;
  readonly peer: TlsPeer;
  readonly relay: Relay;
  /** Where the bytes go that `conn` sends. */
  readonly sent: Direction;
  /** Where those go that it receives. */
  readonly received: Direction;
  readonly version: TlsVersion;
}

/** Connects the end under test to a peer of that version. */
export async function testedEnd(
  net: Net,
  role: "client" | "server",
  version: TlsVersion,
): Promise<TestedEnd> {
  const certs = await certificates();
  const stack = new Stack();
  try {
    return await connectEnds(net, role, version, certs, stack);
  } catch (error) {
    stack[Symbol.dispose]();
    throw error;
  }
}

async function connectEnds(
  net: Net,
  role: "client" | "server",
  version: TlsVersion,
  certs: Certificates,
  stack: Stack,
): Promise<TestedEnd> {
  let conn: TlsConn, peer: TlsPeer, relay: Relay;
  if (role === "client") {
    const server = stack.use(
      await TlsPeerServer.listen({ ...certs.server, ...only(version) }),
    );
    relay = stack.use(await Relay.listen(server));
    conn = stack.use(await connectWell(net, relay));
    peer = stack.use(await server.accept());
  } else {
    const listener = stack.use(await listenWell(net));
    relay = stack.use(await Relay.listen(listener));
    peer = stack.use(
      TlsPeer.connect(relay, { ca: certs.ca, ...only(version) }),
    );
    conn = stack.use(await listener.accept());
    await peer.secured;
  }
  await conn.handshake();
  const isClient = role === "client";
  return {
    conn,
    peer,
    relay,
    sent: isClient ? "up" : "down",
    received: isClient ? "down" : "up",
    version,
    [Symbol.dispose]() {
      stack[Symbol.dispose]();
    },
  };
}

/** What is to be closed, the last one first: `DisposableStack`, which Node 20 lacks. */
class Stack implements Disposable {
  readonly #all: Disposable[] = [];

  use<T extends Disposable>(one: T): T {
    this.#all.push(one);
    return one;
  }

  [Symbol.dispose](): void {
    for (const one of this.#all.reverse()) one[Symbol.dispose]();
  }
}

/** The same promise of a client and of a server, with TLS 1.2 and 1.3. */
export function ofEachEnd(
  name: string,
  run: (end: TestedEnd) => Promise<void>,
  needs: readonly Capability[] = [],
): Case[] {
  return withCertificates(
    (["client", "server"] as const).flatMap((role) =>
      (["TLSv1.2", "TLSv1.3"] as const).map((version) => ({
        name: `${name} (a ${role}, ${version.replace("v", " ")})`,
        needs,
        async run(net: Net) {
          using end = await testedEnd(net, role, version);
          await run(end);
        },
      }))
    ),
  );
}
