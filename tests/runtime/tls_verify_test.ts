import { assert, assertEquals, assertInstanceOf } from "@std/assert";
import { planClient } from "../../src/core/options/tls.ts";
import {
  clientVerifier,
  verifyServer,
} from "../../src/runtime/node_api/tls_verify.ts";
import { HOST, pemOf } from "../chains/case.ts";
import { clientLeaf, days, leaf, root } from "../chains/certificate.ts";
import { LEAF_KEY, ROOT, UNKNOWN_ROOT } from "../chains/parties.ts";
import { test } from "../harness.ts";

const none = { skip: undefined };
const caCerts = [pemOf(ROOT.der)];
const plan = planClient({ caCerts }, HOST);
const GOOD = leaf({ by: ROOT, key: LEAF_KEY, until: days(3) }).der;

/** Calls it as if so many days had passed. */
function after<T>(count: number, call: () => T): T {
  const { now } = Date;
  Date.now = () => days(count).getTime();
  try {
    return call();
  } finally {
    Date.now = now;
  }
}

test(
  "verifyServer() keeps a verdict no longer than it is in date",
  none,
  () => {
    const verify = () => verifyServer(plan, [GOOD]);
    assert(Array.isArray(verify()));
    assert(Array.isArray(after(2, verify)));
    for (const count of [4, -3]) {
      assertInstanceOf(after(count, verify), Error, `${count} days`);
    }
    // Before and behind its time nothing was kept either.
    assert(Array.isArray(verify()));
    return Promise.resolve();
  },
);

test("verifyServer() keeps no longer than the anchor is in date", none, () => {
  const short = root({ subject: "Short", key: ROOT.key, until: days(1) });
  const sent = [leaf({ by: short, key: LEAF_KEY }).der];
  const brief = planClient({ caCerts: [pemOf(short.der)] }, HOST);
  const verify = () => verifyServer(brief, sent);
  assert(Array.isArray(verify()));
  assertInstanceOf(after(2, verify), Error);
  return Promise.resolve();
});

test(
  "verifyServer() keeps a verdict for its anchors, purpose and certificates",
  none,
  () => {
    assert(Array.isArray(verifyServer(plan, [GOOD])));
    const others = planClient({ caCerts: [pemOf(UNKNOWN_ROOT.der)] }, HOST);
    assertInstanceOf(verifyServer(others, [GOOD]), Error);
    const elsewhere = planClient({ caCerts }, "other.example");
    assertInstanceOf(verifyServer(elsewhere, [GOOD]), Error);
    const forged = GOOD.slice();
    forged[forged.length - 1] ^= 1;
    assertInstanceOf(verifyServer(plan, [forged]), Error);

    const seen = { authorized: true, isPartial: false, isResumed: false };
    // The same list, as it is for one and the same object that verdicts are kept.
    const verifyClient = clientVerifier(plan.caCerts!);
    assert(verifyClient({ ...seen, sent: [GOOD] }) !== undefined, "a server's");
    const client = clientLeaf({ by: ROOT, key: LEAF_KEY }).der;
    assertEquals(verifyClient({ ...seen, sent: [client] }), undefined);
    assertInstanceOf(verifyServer(plan, [client]), Error);
    return Promise.resolve();
  },
);

test(
  "clientVerifier() takes who resumes a session only if it was trusted, and is in date",
  none,
  () => {
    const roots = [...caCerts];
    const verify = clientVerifier(roots);
    const sent = [clientLeaf({ by: ROOT, key: LEAF_KEY, until: days(3) }).der];
    const first = {
      authorized: true,
      isPartial: false,
      isResumed: false,
      sent,
    };
    const back = { ...first, isResumed: true };
    assert(verify(back) !== undefined, "before it was seen");
    assert(verify({ ...first, authorized: false }) !== undefined);
    assert(verify(back) !== undefined, "after it was refused");
    assertEquals(verify(first), undefined);
    assertEquals(verify(back), undefined);
    assert(after(4, () => verify(back)) !== undefined, "out of date");
    return Promise.resolve();
  },
);
