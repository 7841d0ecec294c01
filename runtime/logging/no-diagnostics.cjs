// Takes the place of `@dabh/diagnostics` in the hub's bundles: winston's own debug output, with a package for its colours.
module.exports = () => () => {};
