/**
 * Unix listeners on `net.Server`.
 *
 * @module
 */
import { statSync } from "node:fs";
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
import { openListener } from "./listen.ts";

/** See `RuntimeParts.unix`. */
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
    // `openListener` creates the file before it returns its promise; 'listening'
    // follows.
    return await withMode(mode, files, () =>
      openListener(
        plan,
        { path, backlog },
        {
          bound() {
            file = ownFile(path, files);
            widen(path, mode, files);
            return address;
          },
          ends: () => ({ localAddr: address, remoteAddr: UNNAMED }),
          close(stop) {
            if (file === undefined) stop();
            else closeOwnFile(file, files, stop);
          },
        },
      ));
  } catch (error) {
    // libuv reports ENOENT as EACCES, as Windows does.
    if ((error as SocketError).code === "EACCES" && isMissing(dirname(path))) {
      throw socketError("ENOENT", "listen", address, { cause: error });
    }
    throw error;
  }
}

/** Whether a directory does not exist; `false` without permission to read it. */
function isMissing(directory: string): boolean {
  try {
    return statSync(directory, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}

/**
 * Refuses `mode` where this thread cannot set the umask for the file.
 *
 * @throws {SocketError} ENOTSUP, in a cluster worker or a worker thread
 */
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
