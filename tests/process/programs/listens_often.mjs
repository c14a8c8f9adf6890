// Listens on a path with a mode, so often, and closes each time.
import { listen } from "@anyport/sockets";
import process from "node:process";

const [path, mode, times] = process.argv.slice(2);
for (let i = 0; i < Number(times); i++) {
  (await listen({ path, mode: Number(mode) })).close();
}
