/**
 * What the cases of datagrams begin with: two sockets, and ways to know that
 * something has come.
 *
 * @module
 */
import type {
  Datagram,
  DatagramConn,
  ListenDatagramOptions,
  NetAddr,
} from "@anyport/sockets";
import { fail } from "@std/assert";
import { bytes, text } from "../bytes.ts";
import type { Net } from "../case.ts";

/** Two sockets, which no other code knows. */
export interface DatagramPair extends Disposable {
  readonly a: DatagramConn;
  readonly b: DatagramConn;
}

/** Opens two sockets on loopback. @param options Those of the second one. */
export async function datagramPair(
  net: Net,
  options: Partial<ListenDatagramOptions> = {},
): Promise<DatagramPair> {
  const where = { hostname: "127.0.0.1", port: 0 };
  const a = await net.listenDatagram(where);
  const b = await net.listenDatagram({ ...where, ...options });
  return {
    a,
    b,
    [Symbol.dispose]() {
      a.close();
      b.close();
    },
  };
}

/** The texts of so many datagrams, in the order in which they are received. */
export async function receiveTexts(
  socket: DatagramConn,
  count: number,
): Promise<string[]> {
  const texts: string[] = [];
  while (texts.length < count) {
    texts.push(textOf(await socket.receive({ timeoutMs: 5000 })));
  }
  return texts;
}

/** The text of a datagram. */
export function textOf([data]: Datagram): string {
  return text(data);
}

/** Sends texts, one after the other. */
export async function sendTexts(
  socket: DatagramConn,
  to: NetAddr,
  ...texts: string[]
): Promise<void> {
  for (const one of texts) await socket.send(bytes(one), to);
}

/** Lets the loop turn until something holds. */
export async function until(
  holds: () => boolean,
  what: string,
): Promise<void> {
  const end = Date.now() + 10_000;
  while (!holds()) {
    if (Date.now() > end) fail(`Not seen within 10 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

/** A port of this machine that is free. */
export async function deadPort(net: Net): Promise<number> {
  using socket = await net.listenDatagram({ hostname: "127.0.0.1", port: 0 });
  return socket.addr.port;
}
