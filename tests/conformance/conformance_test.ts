import {
  connect,
  connectDatagram,
  connectTls,
  listen,
  listenDatagram,
  listenTls,
  serve,
  startTls,
} from "@anyport/sockets";
import { test } from "../harness.ts";
import { cases } from "./all.ts";
import { missing } from "./capabilities.ts";

const net = {
  listen,
  connect,
  serve,
  listenDatagram,
  connectDatagram,
  listenTls,
  connectTls,
  startTls,
};

for (const { name, needs = [], run } of cases) {
  const skip = needs.map(missing).find((reason) => reason !== undefined);
  test(name, { skip }, () => run(net));
}
