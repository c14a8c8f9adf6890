/**
 * How many connections may wait to be accepted, and what becomes of the others.
 *
 * @module
 */
import { type Conn, errors, type Listener } from "@anyport/sockets";
import { assertEquals, assertRejects } from "@std/assert";
import { assertServes, type Case, type Net, place } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";

/** Cases of `backlog` and `Listener.dropped`. */
export const backlog: readonly Case[] = [
  {
    name: "beyond `backlog` waiting connections are reset and counted",
    needs: ["backlogQueue"],
    async run(net) {
      using listener = await net.listen({
        hostname: "127.0.0.1",
        port: 0,
        backlog: 3,
      });
      await assertBacklog(net, listener, "ECONNRESET");
    },
  },
  {
    name:
      "beyond `backlog` waiting connections are closed and counted, on a path",
    needs: ["backlogQueue", "unixBacklog", "unix"],
    async run(net) {
      using where = place("unix");
      using listener = await net.listen({ ...where.listen, backlog: 3 });
      await assertBacklog(net, listener, undefined);
    },
  },
  {
    name: "beyond `backlog` the system lets connections wait outside",
    needs: ["systemBacklog", "linux"],
    async run(net) {
      using listener = await net.listen({
        hostname: "127.0.0.1",
        port: 0,
        backlog: 2,
      });
      const { port } = listener.addr;
      const clients: Conn[] = [];
      await assertRejects(async () => {
        for (let i = 0; i < 10; i++) {
          clients.push(await net.connect({ port, timeoutMs: 200 }));
        }
      }, errors.TimedOut);
      assertEquals(clients.length, 3, "Linux takes one more than asked for");
      for (const client of clients) {
        (await listener.accept()).close();
        client.close();
      }
    },
  },
  {
    name: "backlog 0 lets one connection wait",
    async run(net) {
      using listener = await net.listen({
        hostname: "127.0.0.1",
        port: 0,
        backlog: 0,
      });
      await assertServes(net, listener);
    },
  },
];

/** Three wait, two more are turned away, and the three are served. */
async function assertBacklog(
  net: Net,
  listener: Listener,
  ending: string | undefined,
): Promise<void> {
  const waiting: RawPeer[] = [];
  for (let i = 0; i < 3; i++) {
    const peer = await RawPeer.connect(listener);
    await peer.send(new Uint8Array([i]));
    waiting.push(peer);
  }
  for (let i = 0; i < 2; i++) {
    const excess = await RawPeer.connect(listener);
    const seen = await excess.readToEnd();
    if (ending !== undefined) assertEquals(seen.ending, ending);
    await excess.close();
  }
  assertEquals(listener.dropped, 2);
  for (let i = 0; i < 3; i++) {
    using conn = await listener.accept();
    assertEquals([...(await conn.readChunk())!], [i]);
  }
  for (const peer of waiting) await peer.close();
  await assertServes(net, listener);
  assertEquals(listener.dropped, 2);
}
