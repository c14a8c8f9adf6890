const root = pair(), ours = pair();
const ca = certificate("My CA", root, "My CA", root, [], 1);
const server = tls.createServer({
  cert: certificate("x", ours, "x", ours, [dnsName("bank.example")]),
  key: pem(ours),
  ca,
  requestCert: true,
  rejectUnauthorized: true,
}, (socket) => {
  console.log("authorized", socket.authorized);
  socket.on("error", () => {}).end();
});
server.on("tlsClientError", () => console.log("refused"));
const client = tls.connect({
  ...await listening(server),
  rejectUnauthorized: false,
  cert: ca,
  // Any other than the certificate's.
  key: pem(pair()),
});
client.on("error", () => {}).resume();
await new Promise((resolve) => client.once("close", resolve));
server.close();
