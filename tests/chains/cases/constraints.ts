/**
 * What names an authority may issue certificates for: nameConstraints.
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
import {
  intermediate,
  leaf,
  type Order,
  type Party,
  root,
} from "../certificate.ts";
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
  ip,
  ipv6,
  mail,
  otherName,
  uri,
} from "../names.ts";
import { LEAF_KEY, MIDDLE_KEY, ROOT } from "../parties.ts";

type Constraints = Parameters<typeof nameConstraints>[0];
type Names = readonly (string | Der)[];

/** A leaf of some names below an intermediate of some constraints. */
function chain(
  constraints: Constraints | Der,
  names: Names,
  order: Partial<Order> = {},
): Party[] {
  const extension = constraints instanceof Uint8Array
    ? constraints
    : nameConstraints(constraints);
  const middle = intermediate({
    by: ROOT,
    subject: "Constrained",
    key: MIDDLE_KEY,
    more: [extension],
  });
  return [leaf({ by: middle, key: LEAF_KEY, names, ...order }), middle];
}

export function constraintCases(): ChainCase[] {
  return [
    ...rule("RFC 5280 §4.2.1.10, dNSName", ...dnsCases(), ...dnsForms()),
    ...rule("RFC 5280 §4.2.1.10, iPAddress", ...addressCases()),
    ...rule("RFC 5280 §4.2.1.10, other names", ...otherCases()),
    ...rule("RFC 5280 §4.2.1.10", ...brokenCases(), ...placeCases()),
  ];
}

function dnsCases(): Draft[] {
  const example = { permitted: [dns("example")] };
  const bank = { permitted: [dns("bank.example")] };
  const without = { excluded: [dns("bank.example")] };
  return [
    accept("permitted domain, a name in it", chain(example, ["bank.example"])),
    accept("permitted name itself", chain(bank, ["bank.example"])),
    accept("permitted name, one below it", chain(bank, ["www.bank.example"]), {
      host: "www.bank.example",
    }),
    accept(
      "permitted name in other case",
      chain(
        { permitted: [dns("BANK.Example")] },
        ["bank.example"],
      ),
    ),
    refuse("permitted name, another one", chain(bank, ["other.example"]), {
      host: "other.example",
    }),
    refuse(
      "permitted name, one that ends as it does",
      chain(
        bank,
        ["evilbank.example"],
      ),
      { host: "evilbank.example" },
    ),
    refuse(
      "permitted name, and another beside it",
      chain(
        bank,
        ["bank.example", "other.example"],
      ),
    ),
    refuse(
      "permitted name, and another before it",
      chain(
        bank,
        ["other.example", "bank.example"],
      ),
    ),
    accept(
      "permitted names, either of them",
      chain(
        { permitted: [dns("other.example"), dns("bank.example")] },
        ["bank.example"],
      ),
    ),
    refuse("excluded name itself", chain(without, ["bank.example"])),
    refuse("excluded name in other case", chain(without, ["BANK.EXAMPLE"])),
    refuse(
      "excluded name, one below it",
      chain(without, ["www.bank.example"]),
      {
        host: "www.bank.example",
      },
    ),
    refuse(
      "excluded name beside the one asked for",
      chain(
        without,
        ["other.example", "bank.example"],
      ),
      { host: "other.example" },
    ),
    accept("excluded name, another one", chain(without, ["other.example"]), {
      host: "other.example",
    }),
    accept(
      "excluded name, one that ends as it does",
      chain(
        without,
        ["mybank.example"],
      ),
      { host: "mybank.example" },
    ),
    refuse(
      "excluded name within a permitted domain",
      chain(
        { ...example, ...without },
        ["bank.example"],
      ),
    ),
    accept(
      "excluded name within a permitted domain, another one",
      chain(
        { ...example, ...without },
        ["other.example"],
      ),
      { host: "other.example" },
    ),
    refuse(
      "excluded name by a wildcard for its domain",
      chain(
        without,
        ["*.bank.example"],
      ),
      { host: "www.bank.example" },
    ),
    open(
      "excluded name that a wildcard covers",
      chain(
        without,
        ["*.example"],
      ),
      { why: "RFC 5280 says nothing of wildcards" },
    ),
    accept(
      "permitted domain, a wildcard in it",
      chain(
        bank,
        ["*.bank.example"],
      ),
      { host: "www.bank.example" },
    ),
    refuse(
      "permitted name below a domain, a wildcard for the domain",
      chain(
        { permitted: [dns("www.bank.example")] },
        ["*.bank.example"],
      ),
      { host: "www.bank.example" },
    ),
    refuse(
      "common name that is not permitted, without other names",
      chain(
        bank,
        [],
        { subject: "other.example", extensions: { subjectAltName: null } },
      ),
      {
        host: "other.example",
        why: "common names never count",
      },
    ),
  ];
}

function dnsForms(): Draft[] {
  const why = "RFC 5280 has a leading dot for URIs alone, and verifiers differ";
  const dotted = { permitted: [dns(".bank.example")] };
  const excludedDotted = { excluded: [dns(".bank.example")] };
  return [
    open(
      "permitted domain with a leading dot, a name below it",
      chain(
        dotted,
        ["www.bank.example"],
      ),
      { host: "www.bank.example", why },
    ),
    refuse(
      "permitted domain with a leading dot, the domain itself",
      chain(
        dotted,
        ["bank.example"],
      ),
      { why },
    ),
    refuse(
      "permitted domain with a leading dot, another name",
      chain(
        dotted,
        ["other.example"],
      ),
      { host: "other.example" },
    ),
    refuse(
      "excluded domain with a leading dot, a name below it",
      chain(
        excludedDotted,
        ["www.bank.example"],
      ),
      { host: "www.bank.example" },
    ),
    accept(
      "permitted domain that is empty",
      chain(
        { permitted: [dns("")] },
        ["bank.example"],
      ),
      { why: "every name is below the empty one" },
    ),
    refuse(
      "excluded domain that is empty",
      chain(
        { excluded: [dns("")] },
        ["bank.example"],
      ),
    ),
    refuse(
      "permitted domain with a dot at its end",
      chain(
        { permitted: [dns("bank.example.")] },
        ["bank.example"],
      ),
      { why: "names in certificates have none" },
    ),
    refuse(
      "permitted domain with a wildcard",
      chain(
        { permitted: [dns("*.example")] },
        ["bank.example"],
      ),
    ),
    open(
      "excluded domain with a wildcard",
      chain(
        { excluded: [dns("*.example")] },
        ["bank.example"],
      ),
      { why: "constraints have no wildcards; refused is safe" },
    ),
    refuse(
      "permitted domain of no ASCII",
      chain(
        { permitted: [dns(bytes(0xe4, 0x2e, 0x61))] },
        ["bank.example"],
      ),
    ),
    refuse(
      "permitted IP address, a DNS name of the same text",
      chain(
        {
          permitted: [ip(192, 0, 2, 0, 255, 255, 255, 0)],
          excluded: [dns("")],
        },
        ["192.0.2.1"],
      ),
      { host: "192.0.2.1" },
    ),
  ];
}

function addressCases(): Draft[] {
  const net = { permitted: [ip(192, 0, 2, 0, 255, 255, 255, 0)] };
  const net6 = {
    permitted: [
      ip(
        ...ipv6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0]),
        ...ipv6([0xffff, 0xffff, 0, 0, 0, 0, 0, 0]),
      ),
    ],
  };
  const inside = [ip(192, 0, 2, 7)];
  const outside = [ip(198, 51, 100, 7)];
  const inside6 = [ip(...ipv6([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1]))];
  const outside6 = [ip(...ipv6([0x2001, 0xdb9, 0, 0, 0, 0, 0, 1]))];
  const excluded = { excluded: net.permitted };
  const broken = (...address: number[]) => ({ permitted: [ip(...address)] });
  return [
    accept("permitted network, an address in it", chain(net, inside), {
      host: "192.0.2.7",
    }),
    refuse("permitted network, another address", chain(net, outside), {
      host: "198.51.100.7",
    }),
    refuse("excluded network, an address in it", chain(excluded, inside), {
      host: "192.0.2.7",
    }),
    accept("excluded network, another address", chain(excluded, outside), {
      host: "198.51.100.7",
    }),
    accept("permitted IPv6 network, an address in it", chain(net6, inside6), {
      host: "2001:db8::1",
    }),
    refuse("permitted IPv6 network, another address", chain(net6, outside6), {
      host: "2001:db9::1",
    }),
    refuse(
      "permitted network, an address of the other family",
      chain(
        net,
        inside6,
      ),
      { host: "2001:db8::1" },
    ),
    accept("permitted network, a DNS name", chain(net, ["bank.example"]), {
      why: "constraints are for names of their own form",
    }),
    accept(
      "permitted domain, an address",
      chain(
        { permitted: [dns("bank.example")] },
        inside,
      ),
      {
        host: "192.0.2.7",
        why: "constraints are for names of their own form",
      },
    ),
    refuse(
      "permitted network, an address outside beside the DNS name",
      chain(
        net,
        ["bank.example", ...outside],
      ),
    ),
    accept(
      "permitted network of one address",
      chain(
        broken(192, 0, 2, 7, 255, 255, 255, 255),
        inside,
      ),
      { host: "192.0.2.7" },
    ),
    accept(
      "permitted network of all addresses",
      chain(
        broken(0, 0, 0, 0, 0, 0, 0, 0),
        inside,
      ),
      { host: "192.0.2.7" },
    ),
    refuse(
      "permitted network of 4 octets",
      chain(
        broken(192, 0, 2, 0),
        inside,
      ),
      { host: "192.0.2.7" },
    ),
    refuse(
      "permitted network of 5 octets",
      chain(
        broken(192, 0, 2, 0, 24),
        inside,
      ),
      { host: "192.0.2.7" },
    ),
    refuse("permitted network of no octets", chain(broken(), inside), {
      host: "192.0.2.7",
    }),
    open(
      "permitted network whose mask has holes",
      chain(
        broken(192, 0, 2, 0, 255, 0, 255, 0),
        inside,
      ),
      { host: "192.0.2.7", why: "RFC 4632 has none, verifiers differ" },
    ),
    open(
      "permitted network whose address is not masked",
      chain(
        broken(192, 0, 2, 99, 255, 255, 255, 0),
        inside,
      ),
      { host: "192.0.2.7", why: "RFC 5280 does not say" },
    ),
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
      chain(
        { permitted: [directory(firm)] },
        names,
        { subject: inFirm },
      ),
      { why: "what is not understood is refused" },
    ),
    refuse(
      "permitted directory, a subject elsewhere",
      chain(
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
      chain(
        { excluded: [directory(firm)] },
        names,
        { subject: inFirm },
      ),
    ),
    open(
      "excluded directory, a subject elsewhere",
      chain(
        { excluded: [directory(firm)] },
        names,
        { subject: elsewhere },
      ),
      { why: "what is not understood is refused" },
    ),
    open(
      "permitted mail domain, an address in it",
      chain(
        { permitted: [mail("bank.example")] },
        both(mail("me@bank.example")),
      ),
      { why: "what is not understood is refused" },
    ),
    refuse(
      "permitted mail domain, an address elsewhere",
      chain(
        { permitted: [mail("bank.example")] },
        both(mail("me@other.example")),
      ),
    ),
    refuse(
      "excluded mail domain, an address in it",
      chain(
        { excluded: [mail("bank.example")] },
        both(mail("me@bank.example")),
      ),
    ),
    open(
      "permitted mail domain, no address",
      chain(
        { permitted: [mail("bank.example")] },
        names,
      ),
      { why: "what is not understood is refused" },
    ),
    open(
      "permitted URI host, a URI there",
      chain(
        { permitted: [uri("bank.example")] },
        both(uri("https://bank.example/")),
      ),
      { why: "what is not understood is refused" },
    ),
    refuse(
      "permitted URI host, a URI elsewhere",
      chain(
        { permitted: [uri("bank.example")] },
        both(uri("https://other.example/")),
      ),
    ),
    refuse(
      "excluded URI host, a URI there",
      chain(
        { excluded: [uri("bank.example")] },
        both(uri("https://bank.example/")),
      ),
    ),
    open(
      "permitted URI host, no URI",
      chain(
        { permitted: [uri("bank.example")] },
        names,
      ),
      { why: "what is not understood is refused" },
    ),
    refuse(
      "permitted other name",
      chain(
        { permitted: [otherName("1.3.6.1.4.1.99999.6", bytes(5, 0))] },
        both(otherName("1.3.6.1.4.1.99999.6", bytes(5, 0))),
      ),
    ),
    open(
      "permitted other name, no such name",
      chain(
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
        chain(constraints, ["bank.example"]),
      )
    ),
    open(
      "nameConstraints with a minimum of 0 written out",
      chain(
        nameConstraints({
          permitted: [subtree(dns("bank.example"), implicit(0, bytes(0)))],
        }),
        ["bank.example"],
      ),
      { why: "it is the default, which DER leaves out" },
    ),
    accept(
      "nameConstraints that are not critical, and met",
      chain(
        nameConstraints({ permitted: [dns("bank.example")], critical: false }),
        ["bank.example"],
      ),
    ),
    refuse(
      "nameConstraints that are not critical, and not met",
      chain(
        nameConstraints({ permitted: [dns("bank.example")], critical: false }),
        ["other.example"],
      ),
      { host: "other.example" },
    ),
    refuse(
      "nameConstraints that are not critical, and broken",
      chain(
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
