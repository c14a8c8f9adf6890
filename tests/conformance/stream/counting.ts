/**
 * What a connection tells of itself, and ending it at once.
 *
 * @module
 */
import { errors } from "@anyport/sockets";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { bytes, CLOGGING, pattern, readAll, readExactly } from "../bytes.ts";
import { type Case, overEach, pair } from "../case.ts";
import { RawPeer } from "../raw_peer.ts";

/** Cases of `Conn.bytesRead`, `bytesWritten` and `reset`. */
export const counting: readonly Case[] = [
  ...overEach(
    "bytesRead counts what reads have given, by whichever way",
    async (net, over) => {
      using ends = await pair(net, over);
      const { client, server } = ends;
      assertEquals([client.bytesRead, client.bytesWritten], [0, 0]);
      await client.write(pattern(1000));
      await readExactly(server, 10);
      assertEquals(server.bytesRead, 10);
      let read = 10;
      while (read < 1000) {
        const chunk = (await server.readChunk())!;
        read += chunk.byteLength;
        assertEquals(server.bytesRead, read);
      }
      // To one that waits already, and by a stream.
      const waiting = server.read(new Uint8Array(5));
      await client.write(pattern(100));
      read += (await waiting)!;
      assertEquals(server.bytesRead, read);
      await client.closeWrite();
      for await (const chunk of server.readable) read += chunk.byteLength;
      assertEquals([read, server.bytesRead], [1100, 1100]);
      assertEquals(client.bytesWritten, 1100);
      server.close();
      client.close();
      assertEquals([server.bytesRead, client.bytesWritten], [1100, 1100]);
    },
  ),
  ...overEach(
    "bytesWritten counts what the system has taken, while a write waits",
    async (net, over) => {
      using ends = await pair(net, over);
      const { client, server } = ends;
      const writing = client.write(pattern(CLOGGING));
      let last = 0;
      for (let read = 0; read < CLOGGING;) {
        read += (await readExactly(server, 1024 * 1024)).byteLength;
        assert(client.bytesWritten >= last);
        last = client.bytesWritten;
        // As it comes in, the other end cannot know less than what is here;
        // but it may hear of it a little later.
        if (read > CLOGGING / 2) assert(last > 0);
      }
      await writing;
      assertEquals(client.bytesWritten, CLOGGING);
      const small = [pattern(3), pattern(4)];
      await Promise.all([client.write(small), client.write(small[0])]);
      assertEquals(client.bytesWritten, CLOGGING + 10);
    },
  ),
  {
    name: "reset() breaks off what the peer reads",
    needs: ["resetOnClose"],
    async run(net) {
      using ends = await pair(net);
      const { client, server } = ends;
      await client.write(bytes("half"));
      await readExactly(server, 4);
      const reading = assertRejects(
        () => client.read(new Uint8Array(1)),
        errors.Interrupted,
      );
      client.reset();
      await reading;
      await assertRejects(
        () => server.read(new Uint8Array(1)),
        errors.ConnectionReset,
      );
      await assertRejects(() => client.write(bytes("x")), errors.BadResource);
      client.reset();
      client.close();
    },
  },
  ...overEach(
    "reset() ends both directions, and a second one has no effect",
    async (net, over) => {
      using ends = await pair(net, over);
      const { client, server } = ends;
      await client.write(bytes("x"));
      client.reset();
      client.reset();
      await assertRejects(() => client.readChunk(), errors.BadResource);
      await assertRejects(() => client.write(bytes("x")), errors.BadResource);
      // An end, or a reset where there is one.
      await readAll(server).catch((error) => {
        assert(error instanceof errors.ConnectionReset);
      });
    },
  ),
  {
    name: "reset() of a connection that is closed has no effect",
    async run(net) {
      using listener = await net.listen({ hostname: "127.0.0.1", port: 0 });
      using peer = await RawPeer.connect(listener);
      const conn = await listener.accept();
      await conn.write(bytes("all"));
      conn.close();
      conn.reset();
      const seen = await peer.readToEnd();
      assertEquals([seen.bytes.byteLength, seen.ending], [3, "end"]);
    },
  },
];
