/**
 * Servers on Effect's `@effect/platform-node`, on Node.
 *
 *     effect.mjs <workload> <way> [size] [count]
 *
 * The packages are in the folder that the variable BENCH_PACKAGES names.
 */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { block, countReply, pieces } from "./traffic.mjs";

const require = createRequire(`${process.env.BENCH_PACKAGES}/from_here.js`);
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { Effect } = await load("effect");
const { make } = await load("@effect/platform-node/NodeSocketServer");

const [workload, , size = "0", count = "0"] = process.argv.slice(2);

/** Each gets the reader's `pull` and the writer, and runs until a pull fails at the end. */
const WORKLOADS = {
  *echo(pull, { write }) {
    for (;;) {
      for (const chunk of yield* pull) yield* write(chunk);
    }
  },
  *sink(pull, { write }) {
    let got = 0;
    const counting = Effect.gen(function* () {
      for (;;) {
        for (const chunk of yield* pull) got += chunk.byteLength;
      }
    });
    yield* Effect.ignore(counting);
    yield* write(countReply(got));
  },
  *source(_pull, { write }) {
    const bytes = block();
    for (;;) yield* write(bytes);
  },
  *burst(pull, { write }) {
    const all = pieces(Number(size), Number(count));
    for (;;) {
      yield* pull;
      for (const piece of all) yield* write(piece);
    }
  },
};

const serve = Effect.gen(function* () {
  const server = yield* make({
    host: "127.0.0.1",
    port: 0,
    backlog: 4096,
    noDelay: true,
    allowHalfOpen: true,
  });
  console.log("listening", server.address.port);
  yield* server.run((socket) => {
    const connection = Effect.gen(function* () {
      const { pull } = yield* socket.reader;
      yield* WORKLOADS[workload](pull, yield* socket.writer);
    });
    return Effect.ignore(Effect.scoped(connection));
  });
});

await Effect.runPromise(Effect.scoped(serve));
