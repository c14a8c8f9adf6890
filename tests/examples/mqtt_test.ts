import { getAvailablePort } from "@std/net";
import { assertEquals, assertMatch } from "@std/assert";
import { certificates, type Identity } from "../certificates.ts";
import { Child } from "../process/child.ts";
import { missing } from "../process/machine.ts";
import { onEach, start } from "./example.ts";
import { Files } from "./files.ts";
import { Guest } from "./guest.ts";

const NEEDS_MOSQUITTO = { skip: missing("openssl", "mosquitto") };

/** An MQTT broker, in the clear or over TLS. */
class Mosquitto implements AsyncDisposable {
  readonly port: number = getAvailablePort();
  readonly #files: Files;
  readonly #child: Child;

  private constructor(identity?: Identity) {
    this.#files = new Files({
      "cert.pem": identity?.cert ?? "",
      "key.pem": identity?.key ?? "",
    });
    const tls = identity === undefined ? [] : [
      `certfile ${this.#files.at("cert.pem")}`,
      `keyfile ${this.#files.at("key.pem")}`,
    ];
    this.#files.write(
      "mosquitto.conf",
      [
        `listener ${this.port} 127.0.0.1`,
        "allow_anonymous true",
        "user root",
        ...tls,
        "",
      ].join("\n"),
    );
    this.#child = new Child({
      name: "mosquitto",
      command: "sh",
      args: [
        ...["-c", 'exec mosquitto "$@" 2>&1', "sh"],
        ...["-v", "-c", this.#files.at("mosquitto.conf")],
      ],
    });
  }

  static async start(identity?: Identity): Promise<Mosquitto> {
    const broker = new Mosquitto(identity);
    try {
      while (!/ running$/.test(await broker.#child.line("running")));
    } catch (error) {
      await broker[Symbol.asyncDispose]();
      throw error;
    }
    return broker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child[Symbol.asyncDispose]();
    this.#files[Symbol.dispose]();
  }
}

for (const over of ["TCP", "TLS"]) {
  onEach(`mqtt_client publishes and receives over ${over}`, async (runtime) => {
    const { ca, server } = await certificates();
    using files = new Files({ "ca.pem": ca });
    const isTls = over === "TLS";
    await using broker = await Mosquitto.start(isTls ? server : undefined);
    const at = [
      ...["--server", "127.0.0.1", "--port", String(broker.port)],
      ...isTls ? ["--ca", files.at("ca.pem")] : [],
    ];
    await using subscriber = start(runtime, "mqtt_client", [
      ...[...at, "--messages", "2", "weather/+"],
    ]);
    await subscriber.says("subscribed");
    // Longer than one byte of a varint tells.
    const long = "ü".repeat(10_000);
    for (const [topic, text] of [["weather/a", "rain"], ["weather/b", long]]) {
      await using publisher = start(runtime, "mqtt_client", [
        ...[...at, topic, text],
      ]);
      const { code, lines, stderr } = await publisher.exit();
      assertEquals([code, lines, stderr], [0, ["published"], ""]);
    }
    const { code, lines, stderr } = await subscriber.exit();
    assertEquals([code, stderr], [0, ""]);
    assertEquals(lines.slice(-2), ["weather/a rain", `weather/b ${long}`]);
  }, NEEDS_MOSQUITTO);
}

for (
  const [what, answer, told] of [
    ["a refusal", [0x20, 2, 0, 5], /^The broker refuses, with 5\n$/],
    ["another packet", [0xd0, 0], /packet of type 13\n$/],
    ["half a packet", [0x20, 2, 0], /EOF/],
    [
      "a length without end",
      [0x20, ...new Array(11).fill(0x80)],
      /varint/,
    ],
    ["a length beyond all", [0x20, 0xff, 0xff, 0xff, 0x7f], /maxBytes/],
  ] as const
) {
  onEach(`mqtt_client ends at ${what}`, async (runtime) => {
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    await using client = start(runtime, "mqtt_client", [
      ...["--server", "127.0.0.1", "--port", String(port), "a", "b"],
    ]);
    using broker = new Guest(await listener.accept());
    await broker.send(new Uint8Array(answer));
    await broker.end();
    const { code, lines, stderr } = await client.exit();
    assertEquals([code, lines], [1, []]);
    assertMatch(stderr, told);
  });
}
