/** Shorter secrets are not searched for: they are guessed at once, and "pg" would be struck from every word it is in. */
const SECRET_LENGTH_MIN = 4;
const MASK = "***";

/**
 * Strikes secrets out of texts, in every spelling they may have come in: as they are, percent-encoded (a URL), escaped
 * (JSON). The last line of defence; nothing should hand a secret to a message in the first place.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter((secret) => secret.length >= SECRET_LENGTH_MIN);
  const spellings = [...new Set(known.flatMap(spellingsOf))];
  // The longest first, or a shorter one inside it would leave the rest standing.
  spellings.sort((a, b) => b.length - a.length);
  return (text) => spellings.reduce((rest, spelling) => rest.replaceAll(spelling, MASK), text);
}

function spellingsOf(secret: string): string[] {
  const encoded = encodeURIComponent(secret.toWellFormed());
  const lower = encoded.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  // RFC 3986 reserves these too, and strict encoders escape them.
  const strict = encoded.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encoded,
    lower,
    strict,
    encodeURI(secret.toWellFormed()),
  ];
}
