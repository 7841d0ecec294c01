// Loaded before each command: one whose reader has gone, such as `head`, ends quietly.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error) => {
    if (error.code !== "EPIPE") throw error;
    process.exit(0);
  });
