import { assert, assertEquals } from "@std/assert";
import { AcceptPace, Admission } from "../../src/server/admission.ts";
import { AddressBlocks } from "../../src/server/address_blocks.ts";

function at(hostname: string) {
  return { transport: "tcp", hostname, port: 1 } as const;
}

Deno.test("Admission counts each host for itself, however it is written", () => {
  const admission = Admission.for({
    allow: undefined,
    deny: undefined,
    maxPerHost: 2,
    ipv6PrefixLength: 64,
  })!;
  assertEquals(admission.enter(at("192.0.2.1")), undefined);
  assertEquals(admission.enter(at("::ffff:192.0.2.1")), undefined);
  assertEquals(admission.enter(at("192.0.2.1")), "tooMany");
  assertEquals(admission.enter(at("192.0.2.2")), undefined);
  admission.leave(at("192.0.2.1"));
  assertEquals(admission.enter(at("::ffff:c000:201")), undefined);
  assertEquals(admission.enter(at("192.0.2.1")), "tooMany");
});

Deno.test("Admission counts an IPv6 prefix as one host", () => {
  const admission = Admission.for({
    allow: undefined,
    deny: undefined,
    maxPerHost: 2,
    ipv6PrefixLength: 56,
  })!;
  assertEquals(admission.enter(at("2001:db8::1")), undefined);
  assertEquals(admission.enter(at("2001:db8:0:ff::1")), undefined);
  assertEquals(admission.enter(at("2001:db8:0:7::2")), "tooMany");
  assertEquals(admission.enter(at("2001:db8:0:100::1")), undefined);
  admission.leave(at("2001:db8:0:ff::1"));
  assertEquals(admission.enter(at("2001:db8:0:7::2")), undefined);
});

Deno.test("Admission lets deny win over allow, and counts no host it denies", () => {
  const admission = Admission.for({
    allow: new AddressBlocks(["192.0.2.0/24"], "allow"),
    deny: new AddressBlocks(["192.0.2.66"], "deny"),
    maxPerHost: 1,
    ipv6PrefixLength: 64,
  })!;
  assertEquals(admission.enter(at("192.0.2.66")), "denied");
  assertEquals(admission.enter(at("198.51.100.1")), "denied");
  assertEquals(admission.enter(at("192.0.2.1")), undefined);
  admission.leave(at("192.0.2.1"));
  assertEquals(admission.enter(at("192.0.2.1")), undefined);
});

Deno.test("Admission is none where everybody may come in", () => {
  const anybody = {
    allow: undefined,
    deny: undefined,
    maxPerHost: Infinity,
    ipv6PrefixLength: 64,
  };
  assertEquals(Admission.for(anybody), undefined);
});

Deno.test("AcceptPace saves up a second's worth, and no more", () => {
  const pace = new AcceptPace(5);
  const waits = Array.from({ length: 7 }, () => pace.take());
  assertEquals(waits.slice(0, 5).every((wait) => wait <= 0), true);
  assert(waits[5] > 150 && waits[5] <= 200, `${waits}`);
  assert(waits[6] > 350 && waits[6] <= 400, `${waits}`);
});

Deno.test("AcceptPace below one a second lets one in at once", () => {
  const pace = new AcceptPace(0.1);
  assert(pace.take() <= 0);
  const wait = pace.take();
  assert(wait > 9_900 && wait <= 10_000, `${wait}`);
});
