#!/usr/bin/env -S node --max-semi-space-size=16 --max-old-space-size=1024 --single-threaded-gc
/**
 * What npm installs as `dataset-mirror`. It loads the program only once it knows that Node is new enough: npm merely warns
 * when `engines` is not met, and an older Node fails on the program's syntax. The flags are explained in main.ts.
 */
const NODE_MIN = 24;

if (Number.parseInt(process.versions.node, 10) >= NODE_MIN) {
  await import("./main.ts");
} else {
  process.stderr.write(
    `dataset-mirror: this is Node ${process.versions.node}; Node ${NODE_MIN} or newer is needed\n` +
      "Get it from https://nodejs.org/en/download, or run the program with one of its own:\n" +
      `npx --package=node@${NODE_MIN} --package=apify-dataset-mirror dataset-mirror start\n`,
  );
  process.exitCode = 1;
}
