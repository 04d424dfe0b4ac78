// Makes a ticket where the respondent is: the same bytes as troth.protocol.claim, from BigInt and WebCrypto alone.
// The site sees `blinded` and nothing else of what is here (P15, P23). No globals; nothing is sent or stored here.
const ALPHABET = "BCDFGHJKMNPRTVWX2345679";
const PREFIX = { voucher: 0x11, interview: 0x12 };
const utf8 = (text) => new TextEncoder().encode(text);
const subtle = () => globalThis.crypto.subtle;
const digest = async (name, data) => new Uint8Array(await subtle().digest(name, data));

function join(...parts) {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  parts.reduce((at, part) => (all.set(part, at), at + part.length), 0);
  return all;
}

// Each part after its length in four bytes: no two lists of parts give the same bytes (protocol.label).
const framed = (label, ...fields) =>
  join(...[utf8("troth/1 ticket " + label), ...fields].flatMap((part) => [bytes(BigInt(part.length), 4), part]));

const number = (raw) => raw.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);

function bytes(value, length) {
  const hex = value.toString(16).padStart(2 * length, "0");
  return Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
}

function power(base, exponent, modulus) {
  let result = 1n;
  for (; exponent; exponent >>= 1n, base = (base * base) % modulus)
    if (exponent & 1n) result = (result * base) % modulus;
  return result;
}

// The inverse of a, or 0n where there is none (a shares a factor with the modulus).
function inverse(a, modulus) {
  let [r, next, t, nextT] = [modulus, a % modulus, 0n, 1n];
  while (next) {
    const quotient = r / next;
    [r, next, t, nextT] = [next, r - quotient * next, nextT, t - quotient * nextT];
  }
  return r === 1n ? (t + modulus) % modulus : 0n;
}

// 16 random bytes.
export const newSecret = () => globalThis.crypto.getRandomValues(new Uint8Array(16));

// 8 groups of 4 characters; each half of 16 ends in a check character, and the halves' sums differ (0 and 1).
export function showSecret(secret) {
  let value = number(secret);
  const digits = Array.from({ length: 30 }, () => [Number(value % 23n), (value /= 23n)][0]).reverse();
  const half = (values, remainder) => {
    const sum = values.reduce((total, digit, at) => total + (at + 1) * digit, 0);
    let check = 0;
    while ((sum + 16 * check) % 23 !== remainder) check++;
    return [...values, check];
  };
  const text = [...half(digits.slice(0, 15), 0), ...half(digits.slice(15), 1)].map((digit) => ALPHABET[digit]).join("");
  return text.match(/..../g).join(" ");
}

// EMSA-PSS-ENCODE (RFC 8017 9.1.1) with SHA-384 for a modulus of 3072 bits: 384 bytes, the top bit clear.
async function encode(message, salt) {
  const hash = await digest("SHA-384", join(new Uint8Array(8), await digest("SHA-384", message), salt));
  const block = join(new Uint8Array(286), [1], salt);
  for (let counter = 0; counter < 7; counter++) {
    const mask = await digest("SHA-384", join(hash, bytes(BigInt(counter), 4)));
    for (let at = 48 * counter; at < Math.min(block.length, 48 * counter + 48); at++) block[at] ^= mask[at % 48];
  }
  block[0] &= 0x7f;
  return join(block, hash, [0xbc]);
}

// What `purpose` in `study` needs: send `blinded` (384 bytes), keep the rest. `issuer` is SubjectPublicKeyInfo DER.
export async function beginTicket(secret, purpose, study, issuer) {
  if (secret.length !== 16 || !(purpose in PREFIX)) throw new Error("not a claim secret or purpose");
  const scheme = { name: "RSA-PSS", hash: "SHA-384" };
  const key = await subtle().importKey("spki", issuer, scheme, true, ["verify"]);
  const jwk = await subtle().exportKey("jwk", key);
  const base64 = (text) => number(Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0)));
  const [n, e] = [base64(jwk.n), base64(jwk.e)];
  if (n >> 3071n !== 1n) throw new Error("an issuer's key has 3072 bits");
  const fields = [utf8(purpose), utf8(study), await digest("SHA-256", issuer)];
  const source = await subtle().importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const derive = async (label, length, ...more) => {
    const info = framed(label, ...fields, ...more);
    const hkdf = { name: "HKDF", hash: "SHA-256", salt: utf8("troth/1 ticket extract"), info };
    return new Uint8Array(await subtle().deriveBits(hkdf, source, 8 * length));
  };
  const nonce = await derive("nonce", 32);
  const prepared = join(nonce, framed("message", fields[0], fields[1]));
  const m = number(await encode(prepared, await derive("pss salt", 48)));
  for (let attempt = 0; attempt < 256; attempt++) {
    const r = number(await derive("blinding factor", 400, [attempt])) % n;
    const unblind = inverse(r, n);
    if (unblind && inverse(m, n))
      return { blinded: bytes((m * power(r, e, n)) % n, 384), purpose, nonce, prepared, unblind, n, key };
  }
  throw new Error("not a key that tickets can be made for");
}

// The finished ticket; throws unless the signature is the issuer's over what was begun.
export async function finishTicket(begun, blindSignature) {
  const signature = bytes((number(blindSignature) * begun.unblind) % begun.n, 384);
  const scheme = { name: "RSA-PSS", saltLength: 48 };
  if (blindSignature.length !== 384 || !(await subtle().verify(scheme, begun.key, signature, begun.prepared)))
    throw new Error("not a signature of what was sent");
  return { purpose: begun.purpose, nonce: begun.nonce, signature };
}

// 556 characters of base64url, as troth.protocol.claim.read_ticket reads them.
export function showTicket(ticket) {
  const raw = join([PREFIX[ticket.purpose]], ticket.nonce, ticket.signature);
  return btoa(String.fromCharCode(...raw)).replace(/\+/g, "-").replace(/\//g, "_");
}
