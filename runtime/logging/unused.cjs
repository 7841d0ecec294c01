// Takes the place of modules of winston that make objects which nothing uses: those for uncaught errors, and for its older transports.
module.exports = class {
  unhandle() {}
};
