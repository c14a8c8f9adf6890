/**
 * What a runtime cannot do: refused with NotSupported and the option's name,
 * never dropped in silence.
 *
 * @module
 */
import { errors } from "@anyport/sockets";
import { assertEquals, assertRejects } from "@std/assert";
import { missing } from "../capabilities.ts";
import { certificates } from "../../certificates.ts";
import {
  type Capability,
  type Case,
  type Net,
  pair,
  place,
  to,
} from "../case.ts";
import { issuerOf, listenWell } from "../tls/pair.ts";

const here = { hostname: "127.0.0.1", port: 0 };
const here6 = { hostname: "::1", port: 0 };

/** What asks for each of the capabilities that come as an option. */
const asking: readonly [Capability, string, (net: Net) => Promise<void>][] = [
  ["ipv6Only", "ipv6Only", async (net) => {
    (await net.listen({ hostname: "::1", port: 0, ipv6Only: true })).close();
  }],
  ["unixBacklog", "backlog", async (net) => {
    using where = place("unix");
    (await net.listen({ ...where.listen, backlog: 3 })).close();
  }],
  ["unix", "paths", async (net) => {
    using where = place("unix");
    using listener = await net.listen(where.listen);
    (await net.connect(to(listener))).close();
  }],
  ["unix", "Unix sockets", async (net) => {
    // Where there are Unix sockets, none listens there.
    const path = "/nowhere/socket";
    const error = await net.connect({ path }).catch((error) => error);
    if (!(error instanceof errors.NotFound)) throw error;
  }],
  ["reusePort", "reusePort", async (net) => {
    (await net.listen({ ...here, reusePort: true })).close();
  }],
  ["keepAliveDelay", "delayMs", async (net) => {
    using ends = await pair(net);
    ends.client.setKeepAlive({ delayMs: 5000 });
  }],
  ["datagramReusePort", "reusePort", async (net) => {
    (await net.listenDatagram({ ...here, reusePort: true })).close();
  }],
  ["socketBuffers", "receiveBufferBytes", async (net) => {
    (await net.listenDatagram({ ...here, receiveBufferBytes: 9999 })).close();
  }],
  ["socketBuffers", "sendBufferBytes", async (net) => {
    const options = { port: 1, sendBufferBytes: 9999 };
    (await net.connectDatagram(options)).close();
  }],
  ["hops6", "the TTL", async (net) => {
    using socket = await net.listenDatagram(here6);
    socket.setTtl(5);
  }],
  ["hops6", "the multicast TTL", async (net) => {
    using socket = await net.listenDatagram(here6);
    socket.setMulticastTtl(5);
  }],
  ["hops6", "join a multicast group", async (net) => {
    using socket = await net.listenDatagram(here6);
    socket.joinMulticast("ff3e::1234", { source: "::1", interface: "1" });
  }],
  ["clientAnchors", "caCerts", async (net) => {
    const { chained } = await certificates();
    (await listenWell(net, {
      clientAuth: "request",
      caCerts: [issuerOf(chained)],
    })).close();
  }],
  ["unixDatagrams", "Unix datagram sockets", async (net) => {
    (await net.listenDatagram({ path: "/tmp/x" } as never)).close();
  }],
];

/** Cases of options that only some runtimes have. */
export const refusing: readonly Case[] = asking.map((
  [capability, option, ask],
) => ({
  name: `${option} works, or is refused by name (${capability})`,
  needs: capability === "unixBacklog"
    ? ["unix"]
    : capability === "clientAnchors"
    ? ["openssl"]
    : [],
  async run(net) {
    if (missing(capability) === undefined) return await ask(net);
    const error = await assertRejects(() => ask(net), errors.NotSupported);
    assertEquals(error.code, "ENOTSUP");
    assertEquals(error.message.includes(option), true, error.message);
  },
}));
