/**
 * How one end of TLS ends, and what the other is told, where both are the library's.
 *
 * @module
 */
import { errors } from "@anyport/sockets";
import { assertEquals, assertRejects } from "@std/assert";
import { bytes, CLOGGING, pattern, readAll, readText } from "../bytes.ts";
import type { Case } from "../case.ts";
import { assertEnds, tlsPair, withCertificates } from "./pair.ts";

/** Cases of TLS: ends at both ends. */
export const tlsFarewells: readonly Case[] = withCertificates([
  ...(["close", "closeWrite"] as const).map((end): Case => ({
    name:
      `${end}() at one end of TLS is null at the other, in the turn of the handshake as well`,
    async run(net) {
      for (const which of ["client", "server"] as const) {
        using ends = await tlsPair(net);
        const other = which === "client" ? ends.server : ends.client;
        const reading = readText(other);
        await ends[which].handshake();
        await ends[which][end]();
        assertEquals(await reading, null, which);
        assertEquals(await readText(other), null, which);
      }
    },
  })),
  {
    name: "close() over a write that waits is no clean end for a peer of TLS",
    async run(net) {
      for (const which of ["client", "server"] as const) {
        using ends = await tlsPair(net);
        const other = which === "client" ? ends.server : ends.client;
        await Promise.all([ends[which].handshake(), other.handshake()]);
        const writing = assertEnds(
          ends[which].write(pattern(CLOGGING)),
          "Interrupted",
        );
        ends[which].close();
        await writing;
        await assertEnds(readAll(other), [
          "UnexpectedEof",
          "ConnectionReset",
        ]);
      }
    },
  },
  {
    name: "reset() of TLS is no clean end for the peer",
    async run(net) {
      for (const which of ["client", "server"] as const) {
        using ends = await tlsPair(net);
        const other = which === "client" ? ends.server : ends.client;
        await ends[which].write(bytes("x"));
        assertEquals(await readText(other), "x");
        const reading = assertEnds(
          readText(ends[which]),
          "Interrupted",
        );
        ends[which].reset();
        await reading;
        await assertEnds(readText(other), [
          "UnexpectedEof",
          "ConnectionReset",
        ]);
        await assertRejects(
          () => ends[which].write(bytes("x")),
          errors.BadResource,
        );
        ends[which].reset();
        ends[which].close();
      }
    },
  },
  {
    name: "reset() of TLS resets the connection below",
    needs: ["resetOnClose"],
    async run(net) {
      using ends = await tlsPair(net);
      await ends.client.write(bytes("x"));
      assertEquals(await readText(ends.server), "x");
      ends.client.reset();
      await assertEnds(readText(ends.server), "ConnectionReset");
    },
  },
]);
