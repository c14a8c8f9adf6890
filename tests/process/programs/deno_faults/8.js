const root = pair(), keys = pair();
const ca = certificate("My CA", root, "My CA", root, [isCa(true)]);
const good = certificate("x", keys, "My CA", root, [dnsName("bank.example")]);
const junk = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
process.on("uncaughtException", () => {
  console.log("not caught");
  process.exit(0);
});
console.log(await verdict(good + junk, keys, ca));
process.exit(0);
