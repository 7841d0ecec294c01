// Takes the place of `readable-stream/lib/_stream_writable.js` in the hub's bundles: Node has the class itself.
module.exports = require("node:stream").Writable;
