import { connect, listen, serve } from "@anyport/sockets";
import { test } from "../harness.ts";
import { cases } from "./all.ts";
import { missing } from "./capabilities.ts";

for (const { name, needs = [], run } of cases) {
  const skip = needs.map(missing).find((reason) => reason !== undefined);
  test(name, { skip }, () => run({ listen, connect, serve }));
}
