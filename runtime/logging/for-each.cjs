// Takes the place of `async/forEach` in the hub's bundles: winston calls it when a logger ends, for each of its transports.
module.exports = (items, each, done) => {
  let left = items.length;
  if (left === 0) done();
  for (const item of items)
    each(item, () => {
      left -= 1;
      if (left === 0) done();
    });
};
