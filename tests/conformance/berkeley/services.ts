/**
 * Names for ports.
 *
 * @module
 */
import { errors, servicePort, Socket } from "@anyport/sockets/berkeley";
import { assertEquals, assertRejects } from "@std/assert";
import type { Case } from "../case.ts";
import { codeOf } from "./sockets.ts";

/** Cases of `servicePort`. */
export const services: readonly Case[] = [
  {
    name: "servicePort() tells the ports of the system's services",
    needs: ["services"],
    async run() {
      assertEquals(await servicePort("http", "tcp"), 80);
      assertEquals(await servicePort("domain", "udp"), 53);
      assertEquals(await servicePort("smtp"), 25);
      // An alias.
      assertEquals(await servicePort("mail"), 25);
      const error = await assertRejects(
        () => servicePort("no-such-service", "tcp"),
        errors.NotFound,
        'the system knows no tcp service "no-such-service"; give its number',
      );
      assertEquals((error as errors.NotFound).code, "ENOENT");
      assertEquals(await codeOf(() => servicePort("# Note")), "ENOENT");
      assertEquals(await codeOf(() => servicePort("")), "ENOENT");
      using socket = new Socket();
      const named = { hostname: "127.0.0.1", port: "no-such-service" };
      assertEquals(await codeOf(() => socket.bind(named)), "ENOENT");
    },
  },
];
