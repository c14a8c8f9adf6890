/**
 * Clients of TLS that begin a handshake and do not go on with it.
 *
 * @module
 */
import type { TlsConn, TlsListener } from "@anyport/sockets";
import { assertEquals } from "@std/assert";
import { clientHello } from "./client_hello.ts";
import { RawPeer } from "../raw_peer.ts";

/** A handshake that waits for its client. */
export interface Held extends Disposable {
  readonly peer: RawPeer;
  readonly conn: TlsConn;
}

/** Begins a handshake, and resolves once the server has answered: it has its place. */
export async function hold(listener: TlsListener): Promise<Held> {
  const peer = await RawPeer.connect(listener);
  const conn = await listener.accept();
  await peer.send(clientHello());
  const [type] = await peer.readSome();
  // A handshake's record.
  assertEquals(type, 22);
  return {
    peer,
    conn,
    [Symbol.dispose]() {
      peer[Symbol.dispose]();
      conn.close();
    },
  };
}

/** Sends bytes one by one. */
export async function drip(peer: RawPeer, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; at++) {
    await peer.send(bytes.subarray(at, at + 1));
  }
}
