import { posix, win32 } from "node:path";

/**
 * The folder the embedded database lives in when DATA_DIR does not say otherwise: one for each user, and for root one
 * that the account Postgres then runs as can enter.
 */
export function defaultDataDir(
  env: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  uid: number | undefined,
  homedir: string,
): string {
  if (platform === "win32") {
    return win32.join(env["LOCALAPPDATA"] || win32.join(homedir, "AppData", "Local"), "dataset-mirror");
  }
  if (uid === 0) return "/var/lib/dataset-mirror";
  if (platform === "darwin") return posix.join(homedir, "Library", "Application Support", "dataset-mirror");
  const xdg = env["XDG_DATA_HOME"];
  // The XDG specification: a relative path is invalid and to be ignored.
  const base = xdg !== undefined && posix.isAbsolute(xdg) ? xdg : posix.join(homedir, ".local", "share");
  return posix.join(base, "dataset-mirror");
}
