// Pulumi runs a policy pack under ts-node, which can't read this one; Node itself can. The CLI's runner calls what is exported.
module.exports = () => import("./index.ts");
