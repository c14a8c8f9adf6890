// The connection that a program is about: accepted, or connected to `port`.
import { connect, listen } from "@anyport/sockets";

export async function openConn(role, port) {
  if (role === "connected") return await connect({ port: Number(port) });
  const listener = await listen({ hostname: "127.0.0.1", port: 0 });
  console.log("listening", listener.addr.port);
  return await listener.accept();
}
