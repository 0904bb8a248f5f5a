/**
 * Whether a host name or an address is this machine's own: `localhost`, 127.0.0.0/8, `::1`, and 127.0.0.0/8 as a
 * dual-stack socket writes it (`::ffff:127.0.0.1`). Brackets of a URL are allowed.
 */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[(.*)\]$/, "$1");
  return name === "localhost" || name === "::1" || IPV4.test(name);
}

const IPV4 = /^(::ffff:)?127(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/;
