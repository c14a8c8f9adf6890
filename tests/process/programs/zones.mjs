// Listens and connects, over TCP and with datagrams, and tells what the addresses are.
import {
  connect,
  connectDatagram,
  listen,
  listenDatagram,
} from "@anyport/sockets";

const names = (conn) => [conn.localAddr.hostname, conn.remoteAddr.hostname];

async function overTcp({ listen: hostname, connect: to }) {
  const listener = await listen({ hostname, port: 0 });
  const { port } = listener.addr;
  const [client, accepted] = await Promise.all([
    connect({ hostname: to, port }),
    listener.accept(),
  ]);
  client.close();
  accepted.close();
  listener.close();
  const refused = await connect({ hostname: to, port }).catch((error) => error);
  return {
    bound: listener.addr.hostname,
    client: names(client),
    accepted: names(accepted),
    refused: refused.address.hostname,
  };
}

async function withDatagrams({ listen: hostname, connect: to }) {
  const server = await listenDatagram({ hostname, port: 0 });
  const client = await connectDatagram({
    hostname: to,
    port: server.addr.port,
  });
  await client.send(new Uint8Array(1));
  const [, sender] = await server.receive();
  await server.send(new Uint8Array(1), sender);
  const [, answerer] = await client.receive();
  server.close();
  client.close();
  return {
    bound: server.addr.hostname,
    local: client.addr.hostname,
    remote: client.remoteAddr.hostname,
    sender: sender.hostname,
    answerer: answerer.hostname,
  };
}

for (const row of JSON.parse(process.argv[2])) {
  console.log("tcp", JSON.stringify(await overTcp(row)));
  console.log("udp", JSON.stringify(await withDatagrams(row)));
}
