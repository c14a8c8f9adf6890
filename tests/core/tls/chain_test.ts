import { assert, assertEquals } from "@std/assert";
import {
  type ChainInput,
  hasDangling,
  readAnchors,
  verifyChain,
} from "../../../src/core/tls/chain.ts";
import { days, leaf } from "../../chains/certificate.ts";
import {
  below,
  LEAF_KEY,
  MIDDLE,
  ROOT,
  UNKNOWN_ROOT,
} from "../../chains/parties.ts";

const LEAF = leaf({ by: MIDDLE, key: LEAF_KEY });
const anchors = readAnchors([ROOT.der]);

/** The reason of a refusal; `undefined` if the chain is trusted. */
function refusal(sent: readonly Uint8Array[], input: Partial<ChainInput> = {}) {
  const verdict = verifyChain({
    sent,
    anchors,
    purpose: "server",
    now: days(0).getTime(),
    verify: () => true,
    ...input,
  });
  return verdict.trusted ? undefined : verdict.reason;
}

const CHAIN = [LEAF.der, MIDDLE.der];

Deno.test("verifyChain() trusts a chain to an anchor, in any order", () => {
  assertEquals(refusal(CHAIN), undefined);
  assertEquals(refusal([LEAF.der, ROOT.der, MIDDLE.der]), undefined);
});

Deno.test("verifyChain() refuses a chain without its issuer, or to another root", () => {
  assert(refusal([LEAF.der]) !== undefined);
  const others = readAnchors([UNKNOWN_ROOT.der]);
  assert(refusal(CHAIN, { anchors: others }) !== undefined);
  assertEquals(refusal([]), "it has sent no certificate");
});

Deno.test("verifyChain() verifies each signature, and refuses a forged one", () => {
  let verified = 0;
  const verify = () => {
    verified++;
    return true;
  };
  assertEquals(refusal(CHAIN, { verify }), undefined);
  assertEquals(verified, 2);
  assert(refusal(CHAIN, { verify: () => false }) !== undefined);
});

Deno.test("verifyChain() refuses an expired certificate, and one that is not yet valid", () => {
  assert(refusal(CHAIN, { now: days(31).getTime() })!.includes("expired"));
  assert(
    refusal(CHAIN, { now: days(-3).getTime() })!.includes("not valid yet"),
  );
});

Deno.test("verifyChain() refuses the wrong purpose", () => {
  assert(refusal(CHAIN, { purpose: "client" }) !== undefined);
});

Deno.test("verifyChain() refuses an issuer that is no CA", () => {
  const sent = below({});
  const own = leaf({ by: sent[0], key: LEAF_KEY });
  assert(refusal([own.der, ...sent.map(({ der }) => der)]) !== undefined);
});

Deno.test("hasDangling() finds an anchor whose issuer is missing", () => {
  assertEquals(hasDangling(readAnchors([MIDDLE.der])), true);
  assertEquals(hasDangling(readAnchors([MIDDLE.der, ROOT.der])), false);
});
