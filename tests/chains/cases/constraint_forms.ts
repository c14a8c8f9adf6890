/**
 * nameConstraints for names that TLS does not ask for, broken ones, and where
 * they stand.
 *
 * @module
 */
import {
  accept,
  type ChainCase,
  type Circumstances,
  type Draft,
  open,
  refuse,
  rule,
} from "../case.ts";
import { intermediate, leaf, type Party, root } from "../certificate.ts";
import {
  bytes,
  type Der,
  explicit,
  implicit,
  integer,
  join,
  sequence,
} from "../der.ts";
import {
  EXTENSION,
  extension,
  nameConstraints,
  subtree,
} from "../extensions.ts";
import { key } from "../keys.ts";
import {
  directory,
  distinguishedName,
  dns,
  mail,
  otherName,
  uri,
} from "../names.ts";
import {
  constrained,
  type Constraints,
  LEAF_KEY,
  MIDDLE_KEY,
  type Names,
  ROOT,
} from "../parties.ts";

export function constraintFormCases(): ChainCase[] {
  return [
    ...rule("RFC 5280 §4.2.1.10, other names", ...otherCases()),
    ...rule("RFC 5280 §4.2.1.10", ...brokenCases(), ...placeCases()),
  ];
}

function otherCases(): Draft[] {
  const firm = distinguishedName({ O: "Firm" });
  const inFirm = distinguishedName({ O: "Firm", CN: "leaf" });
  const elsewhere = distinguishedName({ O: "Else", CN: "leaf" });
  const names = ["bank.example"];
  const both = (...more: Der[]) => [...names, ...more];
  return [
    open(
      "permitted directory, a subject in it",
      constrained(
        { permitted: [directory(firm)] },
        names,
        { subject: inFirm },
      ),
      { why: "what is not understood is refused" },
    ),
    refuse(
      "permitted directory, a subject elsewhere",
      constrained(
        { permitted: [directory(firm)] },
        names,
        { subject: elsewhere },
      ),
      {
        why: "what is not understood is refused",
      },
    ),
    refuse(
      "excluded directory, a subject in it",
      constrained(
        { excluded: [directory(firm)] },
        names,
        { subject: inFirm },
      ),
    ),
    open(
      "excluded directory, a subject elsewhere",
      constrained(
        { excluded: [directory(firm)] },
        names,
        { subject: elsewhere },
      ),
      { why: "what is not understood is refused" },
    ),
    open(
      "permitted mail domain, an address in it",
      constrained(
        { permitted: [mail("bank.example")] },
        both(mail("me@bank.example")),
      ),
      { why: "what is not understood is refused" },
    ),
    refuse(
      "permitted mail domain, an address elsewhere",
      constrained(
        { permitted: [mail("bank.example")] },
        both(mail("me@other.example")),
      ),
    ),
    refuse(
      "excluded mail domain, an address in it",
      constrained(
        { excluded: [mail("bank.example")] },
        both(mail("me@bank.example")),
      ),
    ),
    open(
      "permitted mail domain, no address",
      constrained(
        { permitted: [mail("bank.example")] },
        names,
      ),
      { why: "what is not understood is refused" },
    ),
    open(
      "permitted URI host, a URI there",
      constrained(
        { permitted: [uri("bank.example")] },
        both(uri("https://bank.example/")),
      ),
      { why: "what is not understood is refused" },
    ),
    refuse(
      "permitted URI host, a URI elsewhere",
      constrained(
        { permitted: [uri("bank.example")] },
        both(uri("https://other.example/")),
      ),
    ),
    refuse(
      "excluded URI host, a URI there",
      constrained(
        { excluded: [uri("bank.example")] },
        both(uri("https://bank.example/")),
      ),
    ),
    open(
      "permitted URI host, no URI",
      constrained(
        { permitted: [uri("bank.example")] },
        names,
      ),
      { why: "what is not understood is refused" },
    ),
    refuse(
      "permitted other name",
      constrained(
        { permitted: [otherName("1.3.6.1.4.1.99999.6", bytes(5, 0))] },
        both(otherName("1.3.6.1.4.1.99999.6", bytes(5, 0))),
      ),
    ),
    open(
      "permitted other name, no such name",
      constrained(
        { permitted: [otherName("1.3.6.1.4.1.99999.6", bytes(5, 0))] },
        names,
      ),
      { why: "what is not understood is refused" },
    ),
  ];
}

function brokenCases(): Draft[] {
  const raw = (content: Uint8Array, critical = true) =>
    extension(EXTENSION.nameConstraints, critical, content);
  const good = sequence(dns("bank.example"));
  const broken: Readonly<Record<string, Der>> = {
    "without subtrees": raw(sequence()),
    "with an empty list of permitted ones": raw(sequence(explicit(0))),
    "with an element too many": raw(sequence(
      explicit(0, good),
      explicit(2, good),
    )),
    "with a byte too many": raw(join(sequence(explicit(0, good)), bytes(0))),
    "with excluded ones before permitted ones": raw(sequence(
      explicit(1, sequence(dns("other.example"))),
      explicit(0, good),
    )),
    "of no bytes": raw(bytes()),
    "whose name has no known form": raw(sequence(
      explicit(0, sequence(implicit(9, bytes(1)))),
    )),
    "whose subtree has no name": raw(sequence(explicit(0, sequence()))),
    "with a minimum of 1": nameConstraints({
      permitted: [subtree(dns("bank.example"), implicit(0, bytes(1)))],
    }),
    "with a maximum": nameConstraints({
      permitted: [subtree(dns("bank.example"), implicit(1, bytes(9)))],
    }),
  };
  return [
    ...Object.entries(broken).map(([what, constraints]) =>
      refuse(
        `nameConstraints ${what}`,
        constrained(constraints, ["bank.example"]),
      )
    ),
    open(
      "nameConstraints with a minimum of 0 written out",
      constrained(
        nameConstraints({
          permitted: [subtree(dns("bank.example"), implicit(0, bytes(0)))],
        }),
        ["bank.example"],
      ),
      { why: "it is the default, which DER leaves out" },
    ),
    accept(
      "nameConstraints that are not critical, and met",
      constrained(
        nameConstraints({ permitted: [dns("bank.example")], critical: false }),
        ["bank.example"],
      ),
    ),
    refuse(
      "nameConstraints that are not critical, and not met",
      constrained(
        nameConstraints({ permitted: [dns("bank.example")], critical: false }),
        ["other.example"],
      ),
      { host: "other.example" },
    ),
    refuse(
      "nameConstraints that are not critical, and broken",
      constrained(
        raw(integer(1), false),
        ["bank.example"],
      ),
    ),
  ];
}

/** Where constraints stand in a chain, and what they hold for. */
function placeCases(): Draft[] {
  const bank = nameConstraints({ permitted: [dns("bank.example")] });
  const top = root({
    subject: "Constrained Root",
    key: key("P-256", "constrained root"),
    more: [bank],
  });
  const anchors = [top];
  const upper = intermediate({
    by: ROOT,
    subject: "Upper",
    key: MIDDLE_KEY,
    more: [bank],
  });
  const lower = (constraints: Constraints) =>
    intermediate({
      by: upper,
      subject: "Lower",
      key: key("P-256", "lower"),
      more: [nameConstraints(constraints)],
    });
  const through = (
    constraints: Constraints,
    names: Names,
  ): Party[] => {
    const middle = lower(constraints);
    return [leaf({ by: middle, key: LEAF_KEY, names }), middle, upper];
  };
  const other: Circumstances = { host: "other.example" };
  const why = "a root that constrains itself is in caCerts for that";
  return [
    accept("nameConstraints of a root, met", [
      leaf({ by: top, key: LEAF_KEY }),
    ], { anchors }),
    refuse("nameConstraints of a root, not met", [
      leaf({ by: top, key: LEAF_KEY, names: ["other.example"] }),
    ], { ...other, anchors, why }),
    refuse("nameConstraints of an upper intermediate, not met", [
      ...through({ excluded: [dns("x.example")] }, ["other.example"]),
    ], other),
    refuse("nameConstraints that a lower intermediate widens", [
      ...through({ permitted: [dns("example")] }, ["other.example"]),
    ], other),
    accept("nameConstraints that a lower intermediate narrows, met", [
      ...through({ permitted: [dns("www.bank.example")] }, [
        "www.bank.example",
      ]),
    ], { host: "www.bank.example" }),
    refuse("nameConstraints that a lower intermediate narrows, not met", [
      ...through({ permitted: [dns("www.bank.example")] }, ["bank.example"]),
    ]),
    open("nameConstraints of a leaf", [
      leaf({ by: ROOT, key: LEAF_KEY, more: [bank] }),
    ], { why: "RFC 5280 §4.2.1.10 has them for authorities alone" }),
  ];
}
