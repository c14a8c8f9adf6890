/**
 * One attempt to connect a `net.Socket`.
 *
 * @module
 */
import { connect, type NetConnectOpts, type Socket } from "node:net";
import type { Attempt } from "../core/connecting.ts";
import { bareOptions } from "../core/own_options.ts";
import type { Addr } from "../types.ts";
import { translate } from "./errors.ts";
import { Intake } from "./intake.ts";
import { NOT_OF_SOCKETS, SOCKET_OPTIONS } from "./socket.ts";

/** What has come of an attempt. */
export interface Dialled {
  readonly socket: Socket;
  /** Where the socket's bytes come in, instead of its 'data' events. */
  readonly intake: Intake | undefined;
}

/** Begins to connect. */
export function dial(
  options: NetConnectOpts,
  address: Addr,
): Attempt<Dialled> {
  const intake = Intake.create();
  let cancelled = false;
  let socket: Socket;
  const promise = new Promise<Dialled>((resolve, reject) => {
    socket = connect(
      bareOptions({
        ...SOCKET_OPTIONS,
        ...options,
        ...intake && { onread: bareOptions(intake.onread()) },
      }, NOT_OF_SOCKETS),
    );
    // Nothing is taken from the system before the connection has its queues.
    socket.pause();
    const fail = (error: unknown) => {
      reject(translate(error, "connect", address));
    };
    socket.once("error", fail);
    socket.once("connect", () => {
      if (cancelled) return;
      socket.off("error", fail);
      resolve({ socket, intake });
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
