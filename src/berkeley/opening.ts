/**
 * Opens listeners, for `bind` and `listen`, and datagram sockets, for `bind`.
 *
 * @module
 */
import type { DatagramConn } from "../api/datagram.ts";
import { NotSupported } from "../api/errors.ts";
import { adapter } from "../runtime/mod.ts";
import type { Addr, Listener, NetAddr } from "../api/stream.ts";
import { isOf, wrongFamily } from "./addresses.ts";
import {
  type Family,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOL_SOCKET,
} from "./constants.ts";
import { asOf } from "./errors.ts";
import type { SocketOptions } from "./options.ts";

/** Listens on an address. @throws errors of the operation */
export async function open(
  addr: Addr,
  backlog: number | undefined,
  family: Family,
  options: SocketOptions,
  operation: "bind" | "listen",
): Promise<Listener> {
  try {
    if (addr.transport === "unix") return await openUnix(addr.path, backlog);
    const { hostname, port } = addr;
    const reusePort = options.isOn(SOL_SOCKET, SO_REUSEPORT);
    const { listen } = await adapter();
    const listener = await listen({
      hostname,
      port,
      backlog,
      reusePort,
      noDelay: false,
    });
    if (isOf(listener.addr, family)) return listener;
    listener.close();
    throw wrongFamily(operation, listener.addr);
  } catch (error) {
    throw asOf(error, operation, addr);
  }
}

/** Listens on a path, with the system's backlog if the runtime cannot set it (Deno). */
async function openUnix(
  path: string,
  backlog: number | undefined,
): Promise<Listener> {
  const { listen } = await adapter();
  try {
    return await listen({ path, backlog });
  } catch (error) {
    if (!(error instanceof NotSupported) || backlog === undefined) throw error;
    return await listen({ path });
  }
}

/** Opens a datagram socket at an address. @throws errors of `bind`, also for the reason of `signal` */
export async function openDatagrams(
  addr: NetAddr,
  family: Family,
  options: SocketOptions,
  signal: AbortSignal,
): Promise<DatagramConn> {
  try {
    const { hostname, port } = addr;
    const { listenDatagram } = await adapter();
    const conn = await listenDatagram({
      hostname,
      port,
      reuseAddress: options.isOn(SOL_SOCKET, SO_REUSEADDR),
      reusePort: options.isOn(SOL_SOCKET, SO_REUSEPORT),
      signal,
    });
    if (isOf(conn.addr, family)) return conn;
    conn.close();
    throw wrongFamily("bind", conn.addr);
  } catch (error) {
    throw asOf(error, "bind", addr);
  }
}
