/**
 * Unix listeners on `Bun.listen`.
 *
 * @module
 */
import { bareOptions } from "../../core/options/own_options.ts";
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
import { translate } from "../node_api/errors.ts";
import { files } from "../node_api/fs.ts";
import { UNNAMED } from "../node_api/net_connect.ts";
import type { Listener, UnixAddr } from "../../api/stream.ts";
import { bun } from "./api.ts";
import { dialUnix } from "./connect.ts";
import { countDescriptors, openListener } from "./listen.ts";
import { isAbandoned } from "./unix_sockets.ts";

/** See `RuntimeParts.unix`. */
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

// deno-lint-ignore require-await -- an error of Bun.listen becomes a rejection
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
          ends: () => ({ localAddr: address, remoteAddr: UNNAMED }),
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
