#!/usr/bin/env -S node --max-semi-space-size=16 --max-old-space-size=1024 --single-threaded-gc
/**
 * What npm installs as `dataset-mirror`. It loads the program only once it knows that Node is new enough: npm merely warns
 * when `engines` is not met, and an older Node fails on the program's syntax. The flags are explained in main.ts.
 */
const NEEDED = { major: 24, minor: 14 };

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major > NEEDED.major || (major === NEEDED.major && minor >= NEEDED.minor)) {
  await import("./main.ts");
} else {
  process.stderr.write(
    `dataset-mirror: this is Node ${process.versions.node}; Node ${NEEDED.major}.${NEEDED.minor} or newer is needed\n` +
      `Get it from https://nodejs.org/en/download, or run: npx --package node@${NEEDED.major} --package apify-dataset-mirror dataset-mirror\n`,
  );
  process.exitCode = 1;
}
