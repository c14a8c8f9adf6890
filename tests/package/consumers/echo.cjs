"use strict";

const { connect, copy, errors, listen } = require("@anyport/sockets");
const echoWith = require("./echo_with.cjs");

echoWith({ connect, copy, listen }).then((received) => {
  console.log(JSON.stringify({
    received,
    classes: Object.keys(errors).length,
    // Bundles have nothing left to resolve.
    resolved: process.env.BUNDLED ?? require.resolve("@anyport/sockets"),
  }));
});
