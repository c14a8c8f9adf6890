/**
 * What a process has sent as datagrams, or by `serve()`, when it ends the moment that
 * the library says it is done.
 *
 * @module
 */
import { connect, connectTls, listenDatagram } from "@anyport/sockets";
import { assertEquals } from "@std/assert";
import { noCertificates, pemForTests } from "./pem.ts";
import { onRuntimes, start } from "./program.ts";

const pem = pemForTests();
const WAYS = ["exit", "end"] as const;
const BYTES = 4 * 300;
const DATAGRAMS = 20;

for (const way of WAYS) {
  const by = way === "exit" ? "process.exit()" : "having nothing more to do";
  onRuntimes(
    `a peer gets all datagrams whose sends have resolved, of a process that ends by ${by}`,
    {},
    async (runtime) => {
      using receiver = await listenDatagram({ hostname: "127.0.0.1", port: 0 });
      await using child = start(runtime, "ends_after", [
        "udp",
        way,
        receiver.addr.port,
      ]);
      const got = new Set<number>();
      while (got.size < DATAGRAMS) {
        const [data] = await receiver.receive({ timeoutMs: 20_000 });
        got.add(data[0]);
      }
      const { code, stderr } = await child.exit();
      assertEquals([code, stderr], [0, ""]);
    },
  );

  for (const over of ["tcp", "tls"] as const) {
    onRuntimes(
      `a client gets all that a handler of serve() has written over ${over}, before its process ends by ${by}`,
      { skip: over === "tls" ? noCertificates : undefined },
      async (runtime) => {
        await using child = start(runtime, "ends_after", [
          over,
          way,
          0,
          pem.folder,
        ]);
        const port = Number(await child.says("listening"));
        const at = { hostname: "127.0.0.1", port };
        using conn = over === "tls"
          ? await connectTls({ ...at, caCerts: [pem.certificates.ca] })
          : await connect(at);
        let got = 0;
        for await (const chunk of conn.readable) got += chunk.byteLength;
        assertEquals(got, BYTES);
        conn.close();
        const { code, stderr } = await child.exit();
        assertEquals([code, stderr], [0, ""]);
      },
    );
  }
}
