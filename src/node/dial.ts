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
  let socket: Socket | undefined;
  const promise = new Promise<Dialled>((resolve, reject) => {
    const connecting = socket = connect(
      bareOptions({
        ...SOCKET_OPTIONS,
        ...options,
        ...intake && { onread: bareOptions(intake.onread()) },
      }, NOT_OF_SOCKETS),
    );
    // Nothing is taken from the system before the connection has its queues.
    connecting.pause();
    const fail = (error: unknown) => {
      reject(translate(error, "connect", address));
    };
    connecting.once("error", fail);
    connecting.once("connect", () => {
      if (cancelled) return;
      connecting.off("error", fail);
      resolve({ socket: connecting, intake });
    });
  });
  const cancel = () => {
    cancelled = true;
    // Also a socket that connected in this very turn. There is none if `connect` threw.
    socket?.on("error", () => {});
    socket?.destroy();
  };
  return { promise, cancel };
}
