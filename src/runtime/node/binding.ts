/**
 * Listening without asking a resolver, where Node can.
 *
 * `server.listen({ host })` asks `node:dns` for an address too, and looks at the
 * answer with a regular expression whose compiling takes 3 ms: some 4 ms of a
 * start-up of 30. What is bound already it takes as it is.
 *
 * @module
 */
import type { Cluster } from "node:cluster";
import net, { type ListenOptions, type Server } from "node:net";

/** What Node binds at once, since 26.4 and late versions of 24; its declarations here are of 20. */
type BoundSocketClass = new (where: ListenOptions) => object;

const { BoundSocket } = net as { BoundSocket?: BoundSocketClass };

/** Lets a server listen. @throws what Node throws; what it finds out later, it emits */
export function listenOn(
  server: Server,
  where: ListenOptions & { backlog: number },
): void {
  const { host, backlog } = where;
  if (
    BoundSocket === undefined || host === undefined || net.isIP(host) === 0 ||
    sharesPorts()
  ) server.listen(where);
  else server.listen(new BoundSocket(where), backlog);
}

/** Whether this process is one of those that `node:cluster` shares ports among. */
function sharesPorts(): boolean {
  // Who listens has it loaded in any case.
  const { getBuiltinModule } = process as unknown as {
    getBuiltinModule(name: "node:cluster"): Cluster;
  };
  return getBuiltinModule("node:cluster").isWorker;
}
