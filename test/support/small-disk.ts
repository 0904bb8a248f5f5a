import { execFile } from "node:child_process";
import { chown, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import type { RoleDatabase } from "./role-database.ts";
import { query } from "./query.ts";

/** A file system that is full soon, for the server whose data lie in `dataFolder`; null where this process may not mount one. */
export async function mountSmallDisk(
  size: string,
  dataFolder: string,
): Promise<AsyncDisposable & { path: string | null; reason: string }> {
  const run = promisify(execFile);
  const path = await mkdtemp(join(tmpdir(), "dataset-mirror-disk-"));
  const { uid, gid } = await stat(dataFolder);
  try {
    await run("mount", ["-t", "tmpfs", "-o", `size=${size},uid=${uid},gid=${gid},mode=700`, "tmpfs", path]);
  } catch (error) {
    await rm(path, { recursive: true });
    const reason = error instanceof Error ? error.message.split("\n").join(" ") : "";
    return { path: null, reason, [Symbol.asyncDispose]: () => Promise.resolve() };
  }
  await chown(path, uid, gid);
  return {
    path,
    reason: "",
    async [Symbol.asyncDispose]() {
      await run("umount", ["-l", path]);
      await rm(path, { recursive: true });
    },
  };
}

/** Writes to the table `ballast` until not even one row more fits. */
export async function fillDisk({ adminUrl }: RoleDatabase): Promise<void> {
  for (const rows of [4000, 1000, 100, 10, 1]) {
    for (let isFull = false; !isFull;) {
      isFull = await query(
        adminUrl,
        `insert into ballast select repeat(md5('x'), 40) from generate_series(1, ${rows})`,
      ).then(
        () => false,
        () => true,
      );
    }
  }
}
