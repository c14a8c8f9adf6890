/**
 * Unix stream sockets on `node:net`.
 *
 * @module
 */
import { existsSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname } from "node:path";
import { connOver } from "../core/conn.ts";
import type { Attempt } from "../core/connecting.ts";
import type { UnixConnectPlan, UnixListenPlan } from "../core/options.ts";
import {
  closeOwnFile,
  listenReclaiming,
  refuses,
} from "../core/socket_file.ts";
import { socketError } from "../errno.ts";
import type { SocketError } from "../errors.ts";
import type { Conn, Listener, UnixAddr } from "../types.ts";
import { dial } from "./dial.ts";
import { files } from "./files.ts";
import { openServer } from "./server.ts";
import { type Ends, linkOver } from "./socket.ts";

/** What an end that was never bound is called. */
export const UNNAMED: UnixAddr = { transport: "unix", path: "" };

/** See `Network.listen`. */
export function listenUnix(plan: UnixListenPlan): Promise<Listener<UnixAddr>> {
  return listenReclaiming(
    plan,
    files,
    () => bind(plan),
    () => refuses(() => dialUnix(plan).promise),
  );
}

/** Begins to connect. */
export function dialUnix(
  plan: Pick<UnixConnectPlan, "path" | "address">,
): Attempt<Conn<UnixAddr>> {
  const { promise, cancel } = dial({ path: plan.path }, plan.address);
  return {
    promise: promise.then(({ socket, intake }) => {
      const ends = { localAddr: UNNAMED, remoteAddr: plan.address };
      return connOver(linkOver(socket, ends, intake));
    }),
    cancel,
  };
}

async function bind(plan: UnixListenPlan): Promise<Listener<UnixAddr>> {
  const { path, backlog, address } = plan;
  let id: ReturnType<typeof files.identify>;
  try {
    return await openServer(
      { path, backlog },
      {
        asked: address,
        bound() {
          id = files.identify(path);
          return address;
        },
        ends(_socket: Socket, bound: UnixAddr): Ends<UnixAddr> {
          return { localAddr: bound, remoteAddr: UNNAMED };
        },
      },
      { noDelay: false, keepAlive: false },
      plan.signal,
      (close) => closeOwnFile({ path, id }, files, close),
    );
  } catch (error) {
    // libuv says EACCES where the system says ENOENT, as Windows would.
    if (
      (error as SocketError).code === "EACCES" && !existsSync(dirname(path))
    ) {
      throw socketError("ENOENT", "listen", address, { cause: error });
    }
    throw error;
  }
}
