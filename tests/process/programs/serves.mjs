// An echo server that guards itself.
import { serve } from "@anyport/sockets";
import "./early_signals.mjs";
import { listening, tell } from "./telling.mjs";

const options = JSON.parse(process.argv[2] ?? "{}");
const server = await serve({
  hostname: "127.0.0.1",
  port: 0,
  backlog: 4096,
  ...options,
  ...listening,
}, async (conn, { signal }) => {
  for (;;) {
    const chunk = await conn.readChunk({ signal });
    if (chunk === null) return;
    await conn.write(chunk);
  }
});
await tell(server);
