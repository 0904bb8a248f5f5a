/** Shorter secrets are not looked for: they protect nothing, and "pg" would be masked in every word that contains it. */
const SECRET_LENGTH_MIN = 4;
const MASK = "***";

/**
 * Masks secrets in texts, in every form they may take: as they are, percent-encoded as in a URL, escaped as in JSON. The
 * last line of defence: no secret should get into a message in the first place.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  const known = secrets.filter((secret) => secret.length >= SECRET_LENGTH_MIN);
  const spellings = [...new Set(known.flatMap(spellingsOf))];
  // The longest first, or a shorter one inside it would leave the rest unmasked.
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
