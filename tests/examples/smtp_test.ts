import { getAvailablePort } from "@std/net";
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { certificates, type Identity } from "../certificates.ts";
import { Child, type Exit } from "../process/child.ts";
import { missing } from "../process/machine.ts";
import type { Runtime } from "../runtimes.ts";
import { onEach, start } from "./example.ts";
import { Files, userNamed } from "./files.ts";
import { Guest } from "./guest.ts";

/** The user of Debian's exim, once root has started it. */
const EXIM = Deno.uid() === 0 ? userNamed("Debian-exim") : undefined;

const NEEDS_EXIM = {
  skip: missing("openssl", "exim4") ??
    (EXIM === undefined ? "needs root, and the user Debian-exim" : undefined),
};

/** A mail server that takes mail for example.test over TLS, into files. */
class Exim implements AsyncDisposable {
  readonly port: number = getAvailablePort();
  readonly #files: Files;
  readonly #child: Child;

  private constructor({ cert, key }: Identity) {
    this.#files = new Files({ "cert.pem": cert, "key.pem": key });
    const { path } = this.#files;
    this.#files.give(EXIM!);
    // Its owner has to be root; everything else is the server's.
    this.#files.write("exim.conf", configuration(path));
    this.#child = new Child({
      name: "exim4",
      command: "sh",
      args: [
        ...["-c", 'exec exim4 "$@" 2>&1', "sh"],
        ...["-C", `${path}/exim.conf`, "-bdf", "-v"],
        ...["-oX", `127.0.0.1.${this.port}`],
      ],
    });
  }

  static async start(identity: Identity): Promise<Exim> {
    const exim = new Exim(identity);
    try {
      await exim.says("listening for SMTP on");
    } catch (error) {
      await exim[Symbol.asyncDispose]();
      throw error;
    }
    return exim;
  }

  /** Waits for a line of its log. */
  async says(words: string): Promise<void> {
    while (!(await this.#child.line(words)).includes(words));
  }

  /** Bob's mailbox. */
  box(): Promise<string> {
    return Deno.readTextFile(this.#files.at("box"));
  }

  /** Ends it, and waits for those that it has started: they would write their logs anew. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      Deno.kill(this.#child.pid, "SIGTERM");
      await this.#child.exit();
    } finally {
      await this.#child[Symbol.asyncDispose]();
      this.#files[Symbol.dispose]();
    }
  }
}

function configuration(path: string): string {
  return `
primary_hostname = mail.example.test
spool_directory = ${path}
log_file_path = ${path}/%s.log
pid_file_path = ${path}/exim.pid
tls_advertise_hosts = *
tls_certificate = ${path}/cert.pem
tls_privatekey = ${path}/key.pem
acl_smtp_mail = mail
acl_smtp_rcpt = rcpt
keep_environment =
deliver_drop_privilege
host_lookup =

begin acl
mail:
  deny
    !encrypted = *
    message = TLS first
  accept
rcpt:
  accept recipients = bob@example.test
  deny message = There is no mailbox of that name here

begin routers
local:
  driver = accept
  transport = box

begin transports
box:
  driver = appendfile
  file = ${path}/box
`;
}

/** What Ann says, who trusts the authority. */
interface Letter {
  readonly server?: string;
  readonly port: number;
  readonly to?: string;
  readonly text?: string;
}

/** A client that sends a mail. */
class Sender implements AsyncDisposable {
  readonly #files: Files;
  readonly #child: Child;

  constructor(
    runtime: Runtime,
    ca: string,
    { server = "127.0.0.1", port, to = "bob@example.test", text = "" }: Letter,
  ) {
    this.#files = new Files({ "ca.pem": ca });
    this.#child = start(runtime, "smtp_starttls", [
      ...["--server", server, "--port", String(port)],
      ...["--ca", this.#files.at("ca.pem"), "--subject", "Greetings"],
      ...["--from", "ann@example.test", "--to", to, text],
    ]);
  }

  exit(): Promise<Exit> {
    return this.#child.exit();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
    this.#files[Symbol.dispose]();
  }
}

onEach("smtp_starttls sends a mail by exim", async (runtime) => {
  const { ca, server } = await certificates();
  await using exim = await Exim.start(server);
  const send = async (letter: Omit<Letter, "port">) => {
    await using sender = new Sender(runtime, ca, {
      port: exim.port,
      ...letter,
    });
    return await sender.exit();
  };

  const text = "Grüße\n.\n..two\nand one.\n\nAnn";
  const sent = await send({ server: "localhost", text });
  assertEquals([sent.code, sent.stderr], [0, ""]);
  assertMatch(sent.lines[0], /^OK id=/);
  await exim.says("Completed");
  const box = await exim.box();
  assertMatch(box, /^From ann@example\.test /);
  assertMatch(box, /^\tby mail\.example\.test with esmtps {2}\(TLS1\.3\) /m);
  assertMatch(box, /^Subject: Greetings$/m);
  assertStringIncludes(box, `\n\n${text}\n`);

  const refused = await send({ to: "eve@example.test" });
  assertEquals([refused.code, refused.lines, refused.stderr], [
    1,
    [],
    "127.0.0.1 says 550 There is no mailbox of that name here\n",
  ]);
}, NEEDS_EXIM);

onEach("smtp_starttls tells no stranger anything", async (runtime) => {
  const { ca, unknownCa } = await certificates();
  await using exim = await Exim.start(unknownCa);
  await using sender = new Sender(runtime, ca, { port: exim.port });
  const { code, lines, stderr } = await sender.exit();
  assertEquals([code, lines], [1, []]);
  assertMatch(stderr, /^Cannot .* \(EPROTO\)\n$/);
}, NEEDS_EXIM);

const EHLO = "EHLO [127.0.0.1]\r\n", STARTTLS = "STARTTLS\r\n";
const OFFER = "250-mail.example.test\r\n250-SIZE 1000\r\n250 STARTTLS\r\n";

for (
  const [what, said, told] of [
    ["no TLS", [
      ["220 mail.example.test\r\n", EHLO],
      ["250-mail.example.test\r\n250 SIZE 1000\r\n", ""],
    ], "127.0.0.1 offers no TLS, and gets no mail without"],
    ["no TLS for the moment", [
      ["220-mail\r\n220 example\r\n", EHLO],
      [OFFER, STARTTLS],
      ["454-Not\r\n454 now\r\n", ""],
    ], "127.0.0.1 says 454 Not now"],
    ["words in the clear to be taken for secured ones", [
      ["220 mail.example.test\r\n", EHLO],
      [OFFER, STARTTLS],
      ["220 Go on\r\n250 mail.example.test\r\n", ""],
    ], "came in the clear were not read"],
    ["no SMTP", [["HTTP/1.1 400 What?\r\n", ""]], "This is not SMTP: HTTP"],
  ] as const
) {
  onEach(`smtp_starttls sends nothing to who has ${what}`, async (runtime) => {
    const { ca } = await certificates();
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    await using sender = new Sender(runtime, ca, { port });
    using client = new Guest(await listener.accept());
    for (const [reply, command] of said) {
      await client.send(reply);
      await client.hear(command);
    }
    await client.hearEnd();
    const { code, lines, stderr } = await sender.exit();
    assertEquals([code, lines], [1, []]);
    assertStringIncludes(stderr, told);
  }, { skip: missing("openssl") });
}
