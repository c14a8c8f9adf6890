/** A client on `Bun.connect`. */
import { root } from "../servers/credentials.mjs";
import { giveUp, measure, options } from "./measuring.mjs";
import { message, Reply } from "./visiting.mjs";

const { port } = options;
const tls = { ca: root() };

const socket = {
  handshake(socket, success, error) {
    // What is thrown here Bun may keep to itself (seen with 1.4).
    if (!success || error) giveUp(error ?? "not secured");
    socket.write(message);
  },
  data(socket, chunk) {
    const { reply, over } = socket.data;
    reply.take(chunk);
    if (!reply.isWhole) return;
    socket.end();
    over();
    visit(over);
  },
  error: (_socket, error) => giveUp(error),
};

/**
 * Connect, a whole handshake, a message, its echo, close; again and again.
 *
 * @param over Called after each.
 */
function visit(over) {
  const data = { reply: new Reply(), over };
  Bun.connect({ hostname: "127.0.0.1", port, tls, data, socket });
}

// The first comes to its end before anything is measured.
await measure(() => new Promise(visit));
