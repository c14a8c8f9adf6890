/**
 * Unix stream sockets on `Bun.listen` and Node's way to connect.
 *
 * @module
 */
import type { Attempt } from "../../core/wait/connect_race.ts";
import { bareOptions } from "../../core/options/own_options.ts";
import type {
  UnixConnectPlan,
  UnixListenPlan,
} from "../../core/options/stream.ts";
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
import { translate } from "../node_api/errors.ts";
import { files } from "../node_api/fs.ts";
import { dialUnix as dialOnNode, UNNAMED } from "../node_api/net_connect.ts";
import type { Conn, Listener, UnixAddr } from "../../api/stream.ts";
import { bun } from "./api.ts";
import { countDescriptors, openListener } from "./listen.ts";
import { isAbandoned, whyRefused } from "./unix_sockets.ts";

/** See `Network.listen`. */
export async function listenUnix(
  plan: UnixListenPlan,
): Promise<Listener<UnixAddr>> {
  await countDescriptors();
  plan.signal?.throwIfAborted();
  return await listenReclaiming(
    plan,
    files,
    () => bind(plan),
    async () =>
      await refuses(() => dialUnix(plan).promise) &&
      await isAbandoned(plan.path),
  );
}

/** Begins to connect. */
export function dialUnix(
  plan: Pick<UnixConnectPlan, "path" | "address">,
): Attempt<Conn<UnixAddr>> {
  const { promise, cancel } = dialOnNode(plan);
  return {
    promise: promise.catch((error: SocketError) => {
      const code = error.code === "ECONNREFUSED"
        ? whyRefused(plan.path)
        : error.code;
      if (code === error.code) throw error;
      throw socketError(code, "connect", plan.address, { cause: error });
    }),
    cancel,
  };
}

// deno-lint-ignore require-await -- what Bun throws is to be a rejection
async function bind(plan: UnixListenPlan): Promise<Listener<UnixAddr>> {
  const { path, address, backlog, mode } = plan;
  let file: SocketFile | undefined;
  try {
    const listener = withMode(mode, files, () =>
      openListener<UnixAddr>(
        (socket) =>
          bun.listen(bareOptions({ unix: path, allowHalfOpen: true, socket })),
        {
          bound() {
            file = ownFile(path, files);
            return address;
          },
          ends: () => [address, UNNAMED],
          prepare() {},
          close(stop) {
            if (file === undefined) stop();
            else closeOwnFile(file, files, stop);
          },
        },
        backlog,
      ));
    try {
      widen(path, mode, files);
    } catch (error) {
      listener.close();
      throw error;
    }
    return listener;
  } catch (error) {
    throw translate(error, "listen", address);
  }
}
