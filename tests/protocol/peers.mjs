// The independent peers, one operation per run: arguments as JSON on stdin, the result as JSON on stdout, bytes as hex.
import { RSABSSA } from "@cloudflare/blindrsa-ts";
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import * as ticket from "../../assets/js/ticket.js";

const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex"));
const hex = (raw) => Buffer.from(raw).toString("hex");
const PSS = { name: "RSA-PSS", hash: "SHA-384" };
const issuerPublic = (spki) => crypto.subtle.importKey("spki", bytes(spki), PSS, true, ["verify"]);
const issuerPrivate = (pkcs8) => crypto.subtle.importKey("pkcs8", bytes(pkcs8), PSS, true, ["sign"]);
const rsa = RSABSSA.SHA384.PSS.Randomized();
const hybrid = () => new CipherSuite({ kem: new XWing(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const buffer = (text) => bytes(text).buffer;

const operations = {
  async rsaBlind({ spki, message }) {
    const prepared = rsa.prepare(bytes(message));
    const { blindedMsg, inv } = await rsa.blind(await issuerPublic(spki), prepared);
    return { prepared: hex(prepared), blinded: hex(blindedMsg), inverse: hex(inv) };
  },
  rsaSign: async ({ pkcs8, blinded }) => hex(await rsa.blindSign(await issuerPrivate(pkcs8), bytes(blinded))),
  rsaFinalize: async ({ spki, prepared, signature, inverse }) =>
    hex(await rsa.finalize(await issuerPublic(spki), bytes(prepared), bytes(signature), bytes(inverse))),
  rsaVerify: async ({ spki, prepared, signature }) =>
    rsa.verify(await issuerPublic(spki), bytes(signature), bytes(prepared)),

  async hybridSeal({ publicKey, plaintext, info }) {
    const suite = hybrid();
    const key = await suite.kem.deserializePublicKey(buffer(publicKey));
    const sealed = await suite.seal({ recipientPublicKey: key, info: buffer(info) }, buffer(plaintext));
    return hex(sealed.enc) + hex(sealed.ct);
  },
  async hybridOpen({ seed, box, info }) {
    const suite = hybrid();
    const key = await suite.kem.deserializePrivateKey(buffer(seed));
    const enc = buffer(box.slice(0, 2240));
    return hex(await suite.open({ recipientKey: key, enc, info: buffer(info) }, buffer(box.slice(2240))));
  },

  showSecrets: ({ secrets }) => secrets.map((secret) => ticket.showSecret(bytes(secret))),
  newSecret: () => hex(ticket.newSecret()),
  async ticketBegin({ secrets, purpose, study, spki }) {
    const begun = [];
    for (const secret of secrets)
      begun.push(hex((await ticket.beginTicket(bytes(secret), purpose, study, bytes(spki))).blinded));
    return begun;
  },
  // Begins again (a reloaded page with the kept secret), then finishes.
  async ticketFinish({ secret, purpose, study, spki, signature }) {
    const begun = await ticket.beginTicket(bytes(secret), purpose, study, bytes(spki));
    try {
      return ticket.showTicket(await ticket.finishTicket(begun, bytes(signature)));
    } catch (error) {
      return { error: error.message };
    }
  },
};

const input = await new Promise((resolve) => {
  let text = "";
  process.stdin.on("data", (part) => (text += part)).on("end", () => resolve(text));
});
process.stdout.write(JSON.stringify(await operations[process.argv[2]](JSON.parse(input))));
