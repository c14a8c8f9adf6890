/**
 * Unix stream sockets on `node:net`.
 *
 * @module
 */
import { statSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname } from "node:path";
import { connOver } from "../core/conn.ts";
import type { Attempt } from "../core/connecting.ts";
import type { UnixConnectPlan, UnixListenPlan } from "../core/options.ts";
import {
  closeOwnFile,
  listenReclaiming,
  ownFile,
  refuses,
  type SocketFile,
  widen,
  withMode,
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
  const { path, backlog, mode, address } = plan;
  if (mode !== undefined) await refuseMode(plan);
  let file: SocketFile | undefined;
  try {
    // The promise comes when the file has been made, and before it is listened on.
    return await withMode(mode, files, () =>
      openServer(
        { path, backlog },
        {
          asked: address,
          bound() {
            file = ownFile(path, files);
            widen(path, mode, files);
            return address;
          },
          ends(_socket: Socket, bound: UnixAddr): Ends<UnixAddr> {
            return { localAddr: bound, remoteAddr: UNNAMED };
          },
        },
        { noDelay: false, keepAlive: false },
        plan.signal,
        (close) => file ? closeOwnFile(file, files, close) : close(),
      ));
  } catch (error) {
    // libuv says EACCES where the system says ENOENT, as Windows would.
    if ((error as SocketError).code === "EACCES" && isMissing(dirname(path))) {
      throw socketError("ENOENT", "listen", address, { cause: error });
    }
    throw error;
  }
}

/** Whether there is no such directory; not so where there is no right to look. */
function isMissing(directory: string): boolean {
  try {
    return statSync(directory, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/** @throws {SocketError} the file is made where its mode cannot be set */
async function refuseMode({ address }: UnixListenPlan): Promise<void> {
  const { default: cluster } = await import("node:cluster");
  const { isMainThread } = await import("node:worker_threads");
  const reason = cluster.isWorker
    ? "in a cluster the primary makes the file; leave mode out"
    : !isMainThread
    ? "worker threads of Node cannot set the umask; leave mode out"
    : undefined;
  if (reason !== undefined) {
    throw socketError("ENOTSUP", "listen", address, { reason });
  }
}
