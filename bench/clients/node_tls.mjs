/** A client on `node:tls`. */
import { connect } from "node:tls";
import { root } from "../servers/credentials.mjs";
import { measure, options } from "./measuring.mjs";
import { message, Reply } from "./visiting.mjs";

const { port } = options;
const ca = root();

/**
 * Connect, a whole handshake, a message, its echo, close; again and again.
 *
 * @param over Called after each.
 */
function visit(over) {
  const reply = new Reply();
  const socket = connect({ host: "127.0.0.1", port, ca, noDelay: true });
  socket.on("secureConnect", () => socket.write(message));
  socket.on("data", (chunk) => {
    reply.take(chunk);
    if (!reply.isWhole) return;
    socket.end();
    over();
    visit(over);
  });
}

// The first comes to its end before anything is measured.
await measure(() => new Promise(visit));
