/** What `tests/chains/` checks end to end, in small: paths, anchors and verdicts. */
import { assert, assertEquals } from "@std/assert";
import {
  type ChainInput,
  flawOfAll,
  hasDangling,
  readAnchors,
  verifyChain,
} from "../../../src/core/tls/chain.ts";
import {
  clientLeaf,
  days,
  intermediate,
  leaf,
  root,
} from "../../chains/certificate.ts";
import {
  basicConstraints,
  keyUsage,
  unknown,
} from "../../chains/extensions.ts";
import { key } from "../../chains/keys.ts";
import {
  below,
  constrained,
  descending,
  LEAF_KEY,
  lone,
  MIDDLE,
  ROOT,
  UNKNOWN_ROOT,
} from "../../chains/parties.ts";
import { dns } from "../../chains/names.ts";

/** Verifies a chain to the root, whose signatures all count as valid. */
function verdict(
  sent: readonly { der: Uint8Array }[],
  input: Partial<ChainInput> = {},
) {
  return verifyChain({
    sent: sent.map(({ der }) => der),
    anchors: readAnchors([ROOT.der]),
    purpose: "server",
    now: Date.now(),
    verify: () => true,
    ...input,
  });
}

/** Why a chain is refused; `undefined` if it is trusted. */
function reason(...args: Parameters<typeof verdict>): string | undefined {
  const result = verdict(...args);
  return result.trusted ? undefined : result.reason;
}

Deno.test("verifyChain() trusts a path from the leaf to an anchor, in whatever order the rest is sent", () => {
  const [leaf, low, high] = descending(ROOT, [{}, {}]);
  for (
    const sent of [[leaf, low, high], [leaf, high, low, UNKNOWN_ROOT, low]]
  ) {
    const result = verdict(sent);
    assert(result.trusted);
    assertEquals(
      result.path.map(({ der }) => der),
      [leaf, low, high, ROOT].map(({ der }) => der),
    );
  }
});

Deno.test("verifyChain() refuses when no certificate can be the issuer, and says so", () => {
  const sent = [leaf({ by: UNKNOWN_ROOT, key: LEAF_KEY })];
  const result = verdict(sent);
  assert(!result.trusted && result.isIssuerMissing && !result.isMalformed);
  assertEquals(
    result.reason,
    "its certificate has an issuer that is not trusted",
  );
  const known = verdict(below({}), { anchors: readAnchors([]) });
  assert(!known.trusted && !known.isIssuerMissing);
  assertEquals(
    known.reason,
    "certificate 2 of its chain has an issuer that is not trusted",
  );
});

Deno.test("verifyChain() refuses when a signature is not the issuer's, or cannot be verified", () => {
  const throwing = () => {
    throw new Error("no such curve");
  };
  for (const verify of [() => false, throwing]) {
    assertEquals(
      reason(lone({}), { verify }),
      "its certificate is not signed by its issuer",
    );
  }
});

Deno.test("verifyChain() refuses a certificate that has expired, or is not valid yet", () => {
  const sent = lone({ from: days(-2), until: days(3) });
  const at = (count: number) => reason(sent, { now: days(count).getTime() });
  assertEquals(at(2), undefined);
  assertEquals(at(4), "its certificate has expired");
  assertEquals(at(-3), "its certificate is not valid yet");
  assertEquals(
    reason(below({ until: days(-1) })),
    "its certificate has an issuer that has expired",
  );
});

Deno.test("verifyChain() refuses a certificate for another purpose", () => {
  const sent = [clientLeaf({ by: ROOT, key: LEAF_KEY })];
  assertEquals(reason(sent), "its certificate is not for a server");
  assertEquals(reason(sent, { purpose: "client" }), undefined);
  assertEquals(
    reason(lone({}), { purpose: "client" }),
    "its certificate is not for a client",
  );
});

Deno.test("verifyChain() refuses an issuer that is no CA, may not sign, or allows fewer CAs", () => {
  const cases: [sent: { der: Uint8Array }[], reason: string][] = [
    [
      below({ extensions: { basicConstraints: basicConstraints(false) } }),
      "its certificate has an issuer that is no CA",
    ],
    [
      below({ extensions: { keyUsage: keyUsage("digitalSignature") } }),
      "its certificate has an issuer that has a key that is not for signing certificates",
    ],
    [
      descending(ROOT, [
        {
          extensions: {
            basicConstraints: basicConstraints(true, { pathLen: 0 }),
          },
        },
        {},
      ]),
      "certificate 2 of its chain has an issuer that allows fewer CAs below it",
    ],
  ];
  for (const [sent, expected] of cases) assertEquals(reason(sent), expected);
});

Deno.test("verifyChain() refuses names that an issuer's constraints do not permit", () => {
  const permitted = { permitted: [dns("bank.example")] };
  assertEquals(reason(constrained(permitted, ["a.bank.example"])), undefined);
  const refused = reason(constrained(permitted, ["evil.example"]));
  assert(refused?.includes("does not allow"), refused);
});

Deno.test("verifyChain() refuses weak keys, weak signatures and unknown critical extensions", () => {
  const cases: [order: Parameters<typeof lone>[0], word: string][] = [
    [{ key: key("RSA-1024", "weak") }, "1024 bits"],
    [{ more: [unknown(true)] }, "critical extension that is not understood"],
    [
      { extensions: { keyUsage: keyUsage("keyEncipherment") } },
      "a key that is not for signing",
    ],
    [{ signature: "ecdsa-sha1" }, "SHA-1"],
  ];
  for (const [order, word] of cases) {
    const refused = reason(lone(order));
    assert(refused?.includes(word), refused);
  }
});

Deno.test("verifyChain() trusts the certificate of a CA for itself only as an anchor", () => {
  const extensions = { keyUsage: keyUsage("digitalSignature", "keyCertSign") };
  const own = root({ subject: "Own", key: LEAF_KEY, extensions });
  const ca = intermediate({
    by: ROOT,
    subject: "CA",
    key: LEAF_KEY,
    extensions,
  });
  assertEquals(reason([own], { anchors: readAnchors([own.der]) }), undefined);
  for (const sent of [[own], [ca]]) {
    assertEquals(
      reason(sent),
      "its certificate is a CA's, which is trusted for itself only where caCerts names it",
    );
  }
});

Deno.test("verifyChain() refuses malformed certificates, none, and more than 64", () => {
  const good = lone({});
  const result = verdict([...good, { der: Uint8Array.of(0x30, 1) }]);
  assert(!result.trusted && result.isMalformed);
  assert(result.reason.startsWith("certificate 2 of 2 is refused: "));
  assertEquals(reason([]), "it has sent no certificate");
  assertEquals(reason(Array(64).fill(good[0])), undefined);
  assertEquals(
    reason(Array(65).fill(good[0])),
    "it has sent 65 certificates, 64 at most",
  );
});

Deno.test("verifyChain() verifies 100 signatures at most", () => {
  let count = 0;
  const [one] = lone({});
  const same = Array.from(
    { length: 150 },
    () => root({ subject: "Good Root", key: key("P-256", "root") }).der,
  );
  const refused = reason([one], {
    anchors: readAnchors(same),
    verify: () => {
      count++;
      return false;
    },
  });
  assertEquals(
    [refused, count],
    ["too many paths lead on from its certificate", 100],
  );
});

Deno.test("verifyChain() without anchors refuses what is weak, and leaves the rest to the runtime", () => {
  const anchors = undefined;
  const none = () => {
    throw new Error("a signature was verified");
  };
  assertEquals(reason(below({}), { anchors, verify: none }), undefined);
  const weak = reason(below({ key: key("RSA-1024", "weak") }), { anchors });
  assert(weak?.startsWith("a certificate of its chain is refused"), weak);
  assert(reason(below({ signature: "ecdsa-sha1" }), { anchors }) !== undefined);
});

Deno.test("readAnchors() keeps the reason of each that is malformed", () => {
  const { certificates, unusable } = readAnchors([
    ROOT.der,
    Uint8Array.of(0x30, 1),
  ]);
  assertEquals([certificates.length, unusable.length], [1, 1]);
});

Deno.test("flawOfAll() gives a reason when no anchor can be used", () => {
  const weak = root({ subject: "Weak", key: key("RSA-1024", "weak") }).der;
  assertEquals(flawOfAll(readAnchors([weak, ROOT.der])), undefined);
  assert(flawOfAll(readAnchors([weak]))?.includes("1024 bits"));
  assert(flawOfAll(readAnchors([Uint8Array.of(0x30, 1)])) !== undefined);
});

Deno.test("hasDangling() is true when a CA's issuer is not among the anchors", () => {
  assertEquals(
    [[ROOT], [MIDDLE], [MIDDLE, ROOT], lone({})].map((parties) =>
      hasDangling(readAnchors(parties.map(({ der }) => der)))
    ),
    [false, true, false, false],
  );
});
