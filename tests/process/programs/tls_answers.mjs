// A secured server that answers each client's first request, and closes.
import { listenTls, serve } from "@anyport/sockets";
import { identity } from "./tls_conn.mjs";

const [, , folder, name] = process.argv;
const ANSWER = "HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nok\n";

const listener = await listenTls({
  hostname: "127.0.0.1",
  port: 0,
  ...identity(folder, name),
});
console.log("listening", listener.addr.port);

await serve(listener, async (conn) => {
  const decoder = new TextDecoder();
  let request = "";
  while (!request.includes("\r\n\r\n")) {
    const chunk = await conn.readChunk();
    if (chunk === null) return;
    request += decoder.decode(chunk, { stream: true });
  }
  await conn.write(new TextEncoder().encode(ANSWER));
}, {
  // Scanners end connections in every way.
  onError: () => {},
});
