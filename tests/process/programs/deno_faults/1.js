const root = pair(), stranger = pair();
const ca = certificate("My CA", root, "My CA", root, [isCa(true)]);
const names = [dnsName("bank.example")];
for (const version of [1, 2, 3, 4, 128]) {
  const forged = certificate("x", stranger, "My CA", stranger, names, version);
  console.log(`version ${version}: ${await verdict(forged, stranger, ca)}`);
}
