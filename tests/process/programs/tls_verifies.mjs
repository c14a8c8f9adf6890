// Tells what it thinks of servers, and then of each client that comes.
import { connect, connectTls, listenTls, startTls } from "@anyport/sockets";
import { identity, roots } from "./tls_conn.mjs";

const folder = process.argv[2];
/** Servers: where they listen, what they have to be called, whether `caCerts` is given. */
const attempts = JSON.parse(process.argv[3]);

const LOCAL = { hostname: "127.0.0.1" };
const trust = roots(folder);

async function verdict(conn) {
  try {
    const { verified } = await conn.handshake();
    return verified ? "trusted" : "let in";
  } catch (error) {
    return error.name;
  } finally {
    conn.close();
  }
}

const verdicts = [];
for (const { port, name, isGiven } of attempts) {
  const options = { ...isGiven && trust };
  verdicts.push([
    await verdict(
      await connectTls({ ...LOCAL, port, serverName: name, ...options }),
    ),
    await verdict(
      await startTls(await connect({ ...LOCAL, port }), {
        hostname: name,
        ...options,
      }),
    ),
  ]);
}
console.log("verdicts", JSON.stringify(verdicts));

for (const clientAuth of ["require", "request"]) {
  const listener = await listenTls({
    ...LOCAL,
    port: 0,
    ...identity(folder),
    ...trust,
    clientAuth,
  });
  console.log(clientAuth, listener.addr.port);
  (async () => {
    for await (const conn of listener) {
      console.log("verdict", await verdict(conn));
    }
  })();
}
