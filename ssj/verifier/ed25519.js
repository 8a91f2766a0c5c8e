/* SHA-512 (FIPS 180-4) and Ed25519 verification (RFC 8032 §5.1.7, as PROTOCOL.md §10.8 says), on BigInt.
   Plain script, after sha256.js; adds to ssj: sha512, validSignature, isKey. */
(function () {
  "use strict";
  const ssj = (globalThis.ssj = globalThis.ssj || {});

  // --- SHA-512; its constants are the first 64 bits behind the point of roots of the first primes ---

  const WORD = (1n << 64n) - 1n;

  /** ⌊the k-th root of n⌋, by Newton's method from above. */
  function root(n, k) {
    let x = 1n << (BigInt(n.toString(2).length) / k + 1n);
    for (;;) {
      const next = ((k - 1n) * x + n / x ** (k - 1n)) / k;
      if (next >= x) return x;
      x = next;
    }
  }

  const primes = [];
  for (let n = 2; primes.length < 80; n++) if (primes.every((p) => n % p)) primes.push(n);
  const ROUND = primes.map((p) => root(BigInt(p) << 192n, 3n) & WORD);
  const START = primes.slice(0, 8).map((p) => root(BigInt(p) << 128n, 2n) & WORD);
  const turn = (x, n) => ((x >> n) | (x << (64n - n))) & WORD;

  function compress(state, view, offset) {
    const w = [];
    for (let i = 0; i < 16; i++) w.push(view.getBigUint64(offset + 8 * i));
    for (let i = 16; i < 80; i++) {
      const a = w[i - 15], b = w[i - 2];
      const low = turn(a, 1n) ^ turn(a, 8n) ^ (a >> 7n), high = turn(b, 19n) ^ turn(b, 61n) ^ (b >> 6n);
      w.push((w[i - 16] + low + w[i - 7] + high) & WORD);
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let i = 0; i < 80; i++) {
      const one = h + (turn(e, 14n) ^ turn(e, 18n) ^ turn(e, 41n)) + ((e & f) ^ (~e & WORD & g)) + ROUND[i] + w[i];
      const two = (turn(a, 28n) ^ turn(a, 34n) ^ turn(a, 39n)) + ((a & b) ^ (a & c) ^ (b & c));
      [a, b, c, d, e, f, g, h] = [(one + two) & WORD, a, b, c, (d + one) & WORD, e, f, g];
    }
    return [a, b, c, d, e, f, g, h].map((word, i) => (word + state[i]) & WORD);
  }

  /** SHA-512 of bytes, as 64 bytes. */
  ssj.sha512 = function (bytes) {
    const padded = new Uint8Array(128 * Math.ceil((bytes.length + 17) / 128)), view = new DataView(padded.buffer);
    padded.set(bytes);
    padded[bytes.length] = 0x80;
    view.setBigUint64(padded.length - 8, 8n * BigInt(bytes.length));
    let state = START;
    for (let offset = 0; offset < padded.length; offset += 128) state = compress(state, view, offset);
    const out = new DataView(new ArrayBuffer(64));
    state.forEach((word, i) => out.setBigUint64(8 * i, word));
    return new Uint8Array(out.buffer);
  };

  // --- Ed25519 ---

  const P = (1n << 255n) - 19n, ORDER = (1n << 252n) + 27742317777372353535851937790883648493n;
  const mod = (x) => ((x % P) + P) % P;

  function power(x, n) {
    let result = 1n;
    for (; n; n >>= 1n) {
      if (n & 1n) result = (result * x) % P;
      x = (x * x) % P;
    }
    return result;
  }

  const inverse = (x) => power(mod(x), P - 2n);
  const D = mod(-121665n * inverse(121666n)), HALF_TURN = power(2n, (P - 1n) / 4n); // √−1

  function integer(bytes) { // little-endian
    let value = 0n;
    for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    return value;
  }

  /** The point x/z, y/z, z, x·y/z of 32 bytes; null if there is none, or its y has two encodings or two signs. */
  function pointOf(bytes) {
    const number = integer(bytes), y = number & ((1n << 255n) - 1n), sign = number >> 255n;
    if (y < 2n || y > P - 2n) return null;
    const square = mod((y * y - 1n) * inverse(D * y * y + 1n));
    let x = power(square, (P + 3n) / 8n);
    if (mod(x * x) !== square) x = mod(x * HALF_TURN);
    if (mod(x * x) !== square) return null;
    if ((x & 1n) !== sign) x = P - x;
    return [x, y, 1n, mod(x * y)];
  }

  function sum([x, y, z, t], [u, v, w, s]) {
    const a = (y - x) * (v - u), b = (y + x) * (v + u), c = 2n * t * s * D, d = 2n * z * w;
    const e = b - a, f = d - c, g = d + c, h = b + a;
    return [mod(e * f), mod(g * h), mod(f * g), mod(e * h)];
  }

  function times(factor, point) {
    let total = [0n, 1n, 1n, 0n];
    for (; factor; factor >>= 1n) {
      if (factor & 1n) total = sum(total, point);
      point = sum(point, point);
    }
    return total;
  }

  const BASE = pointOf(Uint8Array.from({ length: 32 }, (_, i) => (i ? 0x66 : 0x58))); // y = 4/5

  /** Whether 64 hexadecimal digits are a public key. */
  ssj.isKey = (key) => pointOf(ssj.hexToBytes(key)) !== null;

  /** Whether a signature (128 hexadecimal digits) of the message's bytes is valid under the key (64). */
  ssj.validSignature = function (key, message, signature) {
    const keyBytes = ssj.hexToBytes(key), signed = ssj.hexToBytes(signature), point = pointOf(keyBytes);
    const first = signed.subarray(0, 32), second = integer(signed.subarray(32));
    if (!point || second >= ORDER) return false;
    const hashed = new Uint8Array(64 + message.length);
    hashed.set(first);
    hashed.set(keyBytes, 32);
    hashed.set(message, 64);
    const factor = integer(ssj.sha512(hashed)) % ORDER, [px, py, pz, pt] = point;
    const [x, y, z] = sum(times(second, BASE), times(factor, [P - px, py, pz, P - pt]));
    const back = inverse(z);
    return (mod(y * back) | ((mod(x * back) & 1n) << 255n)) === integer(first);
  };
})();
