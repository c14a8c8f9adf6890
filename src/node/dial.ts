/**
 * One attempt to connect a `net.Socket`.
 *
 * @module
 */
import { connect, type NetConnectOpts, type Socket } from "node:net";
import type { Attempt } from "../core/connecting.ts";
import type { Addr } from "../types.ts";
import { translate } from "./errors.ts";
import { SOCKET_OPTIONS } from "./socket.ts";

/** Begins to connect. */
export function dial(
  options: NetConnectOpts,
  address: Addr,
): Attempt<Socket> {
  let cancelled = false;
  let socket: Socket;
  const promise = new Promise<Socket>((resolve, reject) => {
    socket = connect({ ...SOCKET_OPTIONS, ...options });
    // Nothing is taken from the system before the connection has its queues.
    socket.pause();
    const fail = (error: unknown) => {
      reject(translate(error, "connect", address));
    };
    socket.once("error", fail);
    socket.once("connect", () => {
      if (cancelled) return;
      socket.off("error", fail);
      resolve(socket);
    });
  });
  const cancel = () => {
    cancelled = true;
    // Also when it connected in this very turn: nobody waits for it any more.
    socket.on("error", () => {});
    socket.destroy();
  };
  return { promise, cancel };
}
