/**
 * Listening on Unix stream sockets, on `node:net`.
 *
 * @module
 */
import { statSync } from "node:fs";
import type { Socket } from "node:net";
import { dirname } from "node:path";
import type { UnixListenPlan } from "../../core/options/stream.ts";
import {
  closeOwnFile,
  listenReclaiming,
  ownFile,
  refuses,
  type SocketFile,
  widen,
  withMode,
} from "../../core/stream/unix_socket_file.ts";
import { socketError } from "../../core/errno.ts";
import type { SocketError } from "../../api/errors.ts";
import type { Listener, UnixAddr } from "../../api/stream.ts";
import { dialUnix, UNNAMED } from "../node_api/net_connect.ts";
import { files } from "../node_api/fs.ts";
import { openServer } from "./listen.ts";
import type { Ends } from "../node_api/net_conn.ts";

/** See `Network.listen`. */
export function listenUnix(plan: UnixListenPlan): Promise<Listener<UnixAddr>> {
  return listenReclaiming(
    plan,
    files,
    () => bind(plan),
    () => refuses(() => dialUnix(plan).promise),
  );
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
