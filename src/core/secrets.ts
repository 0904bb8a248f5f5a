/** Shorter secrets are not looked for: they protect nothing, and "pg" would be masked in every word that contains it. */
const SECRET_LENGTH_MIN = 4;
const MASK = "***";

/**
 * Masks secrets in texts, in every form they may take: as they are, percent-encoded as in a URL, escaped as in JSON. The
 * last line of defence: no secret should get into a message in the first place. Secrets may be added to the list later.
 */
export function createRedactor(secrets: readonly string[]): (text: string) => string {
  let known = secrets.length;
  let spellings = allSpellings(secrets);
  return (text) => {
    if (secrets.length !== known) spellings = allSpellings(secrets);
    known = secrets.length;
    return spellings.reduce((rest, spelling) => rest.replaceAll(spelling, MASK), text);
  };
}

/** The longest first, or a shorter one inside it would leave the rest unmasked. */
function allSpellings(secrets: readonly string[]): string[] {
  const known = secrets.filter((secret) => secret.length >= SECRET_LENGTH_MIN);
  return [...new Set(known.flatMap(spellingsOf))].toSorted((a, b) => b.length - a.length);
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
