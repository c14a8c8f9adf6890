/**
 * Unix stream sockets on `Bun.listen`; connecting is Node's room.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { bareOptions } from "../core/own_options.ts";
import type { UnixListenPlan } from "../core/options.ts";
import {
  closeOwnFile,
  listenReclaiming,
  refuses,
} from "../core/socket_file.ts";
import { translate } from "../node/errors.ts";
import { files } from "../node/files.ts";
import { dialUnix, UNNAMED } from "../node/unix.ts";
import type { Listener, UnixAddr } from "../types.ts";
import { bun } from "./api.ts";
import { countDescriptors, openListener } from "./server.ts";

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
      await refuses(() => dialUnix(plan).promise) && !isBound(plan.path),
  );
}

/**
 * Whether Linux knows a socket of that name. To Bun a listener whose queue is
 * full, or a datagram socket, refuses too.
 */
function isBound(path: string): boolean {
  const name = `/${basename(path)}`;
  try {
    return readFileSync("/proc/net/unix", "utf8").split("\n")
      .some((line) => line.endsWith(` ${path}`) || line.endsWith(name));
  } catch {
    // Not Linux: connecting has to be enough.
    return false;
  }
}

// deno-lint-ignore require-await -- what Bun throws is to be a rejection
async function bind(plan: UnixListenPlan): Promise<Listener<UnixAddr>> {
  const { path, address, backlog } = plan;
  let id: ReturnType<typeof files.identify>;
  try {
    return openListener<UnixAddr>(
      (socket) =>
        bun.listen(bareOptions({ unix: path, allowHalfOpen: true, socket })),
      {
        bound() {
          id = files.identify(path);
          return address;
        },
        ends: () => [address, UNNAMED],
        prepare() {},
        close(stop) {
          closeOwnFile({ path, id }, files, stop);
        },
      },
      backlog,
    );
  } catch (error) {
    throw translate(error, "listen", address);
  }
}
