/* SHA-256 (FIPS 180-4) and HMAC-SHA256 (RFC 2104), synchronous, on reused buffers. Protocol ssj/1, §1 and §3.
   Plain script; adds to the global object ssj: ProtocolError, utf8, sha256, sha256hex, hmac, hexToBytes, isHex64. */
(function () {
  "use strict";
  const ssj = (globalThis.ssj = globalThis.ssj || {});

  /** Every refusal of the protocol; the message is Chinese and meant for end users. */
  class ProtocolError extends Error {
    constructor(message) {
      super(message);
      this.name = "ProtocolError";
    }
  }

  const K = new Int32Array([
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2]);
  const INITIAL = new Int32Array([
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19]);

  const W = new Int32Array(64); // message schedule of the block in work
  const state = new Int32Array(8); // chaining value of the hash in work
  let scratch = new Uint8Array(1 << 16); // message in work, padded in place
  const encoder = new TextEncoder();

  /** One block of 64 bytes at `offset` of `bytes` into `state`. */
  function compress(bytes, offset) {
    for (let i = 0; i < 16; i++, offset += 4) {
      W[i] = (bytes[offset] << 24) | (bytes[offset + 1] << 16) | (bytes[offset + 2] << 8) | bytes[offset + 3];
    }
    for (let i = 16; i < 64; i++) {
      const x = W[i - 15], y = W[i - 2];
      const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      W[i] = (W[i - 16] + s0 + W[i - 7] + s1) | 0;
    }
    let a = state[0], b = state[1], c = state[2], d = state[3];
    let e = state[4], f = state[5], g = state[6], h = state[7], t = 0;
    for (let i = 0; i < 64; i += 8) { // eight rounds, the names going round instead of the values
      t = (h + ((e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7)) + (g ^ (e & (f ^ g))) + K[i] + W[i]) | 0;
      d = (d + t) | 0; h = (t + ((a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10)) + ((a & b) ^ (c & (a ^ b)))) | 0;
      t = (g + ((d >>> 6 | d << 26) ^ (d >>> 11 | d << 21) ^ (d >>> 25 | d << 7)) + (f ^ (d & (e ^ f))) + K[i + 1] + W[i + 1]) | 0;
      c = (c + t) | 0; g = (t + ((h >>> 2 | h << 30) ^ (h >>> 13 | h << 19) ^ (h >>> 22 | h << 10)) + ((h & a) ^ (b & (h ^ a)))) | 0;
      t = (f + ((c >>> 6 | c << 26) ^ (c >>> 11 | c << 21) ^ (c >>> 25 | c << 7)) + (e ^ (c & (d ^ e))) + K[i + 2] + W[i + 2]) | 0;
      b = (b + t) | 0; f = (t + ((g >>> 2 | g << 30) ^ (g >>> 13 | g << 19) ^ (g >>> 22 | g << 10)) + ((g & h) ^ (a & (g ^ h)))) | 0;
      t = (e + ((b >>> 6 | b << 26) ^ (b >>> 11 | b << 21) ^ (b >>> 25 | b << 7)) + (d ^ (b & (c ^ d))) + K[i + 3] + W[i + 3]) | 0;
      a = (a + t) | 0; e = (t + ((f >>> 2 | f << 30) ^ (f >>> 13 | f << 19) ^ (f >>> 22 | f << 10)) + ((f & g) ^ (h & (f ^ g)))) | 0;
      t = (d + ((a >>> 6 | a << 26) ^ (a >>> 11 | a << 21) ^ (a >>> 25 | a << 7)) + (c ^ (a & (b ^ c))) + K[i + 4] + W[i + 4]) | 0;
      h = (h + t) | 0; d = (t + ((e >>> 2 | e << 30) ^ (e >>> 13 | e << 19) ^ (e >>> 22 | e << 10)) + ((e & f) ^ (g & (e ^ f)))) | 0;
      t = (c + ((h >>> 6 | h << 26) ^ (h >>> 11 | h << 21) ^ (h >>> 25 | h << 7)) + (b ^ (h & (a ^ b))) + K[i + 5] + W[i + 5]) | 0;
      g = (g + t) | 0; c = (t + ((d >>> 2 | d << 30) ^ (d >>> 13 | d << 19) ^ (d >>> 22 | d << 10)) + ((d & e) ^ (f & (d ^ e)))) | 0;
      t = (b + ((g >>> 6 | g << 26) ^ (g >>> 11 | g << 21) ^ (g >>> 25 | g << 7)) + (a ^ (g & (h ^ a))) + K[i + 6] + W[i + 6]) | 0;
      f = (f + t) | 0; b = (t + ((c >>> 2 | c << 30) ^ (c >>> 13 | c << 19) ^ (c >>> 22 | c << 10)) + ((c & d) ^ (e & (c ^ d)))) | 0;
      t = (a + ((f >>> 6 | f << 26) ^ (f >>> 11 | f << 21) ^ (f >>> 25 | f << 7)) + (h ^ (f & (g ^ h))) + K[i + 7] + W[i + 7]) | 0;
      e = (e + t) | 0; a = (t + ((b >>> 2 | b << 30) ^ (b >>> 13 | b << 19) ^ (b >>> 22 | b << 10)) + ((b & c) ^ (d & (b ^ c)))) | 0;
    }
    state[0] = (state[0] + a) | 0; state[1] = (state[1] + b) | 0;
    state[2] = (state[2] + c) | 0; state[3] = (state[3] + d) | 0;
    state[4] = (state[4] + e) | 0; state[5] = (state[5] + f) | 0;
    state[6] = (state[6] + g) | 0; state[7] = (state[7] + h) | 0;
  }

  function reserve(length) {
    if (length + 128 > scratch.length) {
      const larger = new Uint8Array(2 * length + 256);
      larger.set(scratch);
      scratch = larger;
    }
  }

  /** Refuse text with an unpaired surrogate from position `i` on: TextEncoder would silently replace it. */
  function checkSurrogates(text, i) {
    for (; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0xd800 || unit > 0xdfff) continue;
      const next = i + 1 < text.length ? text.charCodeAt(i + 1) : 0;
      if (unit > 0xdbff || next < 0xdc00 || next > 0xdfff) throw new ProtocolError("文字中有不成对的代理字符");
      i++;
    }
  }

  /** Write text as UTF-8 to `scratch` from `offset`; returns the end. TextEncoder is faster than charCodeAt. */
  function load(text, offset) {
    reserve(offset + 3 * text.length);
    const written = encoder.encodeInto(text, offset === 0 ? scratch : scratch.subarray(offset)).written;
    if (written !== text.length) checkSurrogates(text, 0); // else all is ASCII
    return offset + written;
  }

  /** Put text or bytes into `scratch` at `offset`; returns the end. */
  function put(data, offset) {
    if (typeof data === "string") return load(data, offset);
    reserve(offset + data.length);
    scratch.set(data, offset);
    return offset + data.length;
  }

  /** Pad and hash the first `length` bytes of `scratch`, `before` bytes having been compressed already. */
  function finish(length, before) {
    const bytes = scratch;
    let end = length;
    bytes[end++] = 0x80;
    while (end % 64 !== 56) bytes[end++] = 0;
    const total = length + before;
    const high = Math.floor(total / 0x20000000), low = (total * 8) >>> 0;
    bytes[end] = high >>> 24; bytes[end + 1] = high >>> 16; bytes[end + 2] = high >>> 8; bytes[end + 3] = high;
    bytes[end + 4] = low >>> 24; bytes[end + 5] = low >>> 16; bytes[end + 6] = low >>> 8; bytes[end + 7] = low;
    end += 8;
    for (let offset = 0; offset < end; offset += 64) compress(bytes, offset);
  }

  const DIGITS = Array.from("0123456789abcdef", (digit) => digit.charCodeAt(0));
  const codes = new Array(64).fill(48);

  /** `state` as 64 digits; made from codes at once, since a string put together from pieces is slow to read again. */
  function stateHex() {
    for (let i = 0, k = 0; i < 8; i++) {
      for (let word = state[i], shift = 28; shift >= 0; shift -= 4) codes[k++] = DIGITS[(word >>> shift) & 15];
    }
    return String.fromCharCode.apply(null, codes);
  }

  function stateBytes(target, offset) {
    for (let i = 0; i < 8; i++) {
      const word = state[i];
      target[offset++] = word >>> 24; target[offset++] = word >>> 16;
      target[offset++] = word >>> 8; target[offset++] = word;
    }
    return target;
  }

  function digest(data, prefix) {
    state.set(INITIAL);
    let start = 0;
    if (prefix !== undefined) scratch[start++] = prefix;
    finish(put(data, start), 0);
  }

  /** Hash of text (UTF-8) or bytes as 64 hexadecimal digits: H(x) of §1. */
  ssj.sha256hex = function (data) {
    digest(data);
    return stateHex();
  };

  /** Hash as 32 bytes, of `data` after the byte `prefix` if one is given (§3); into `target` at `offset` if given. */
  ssj.sha256 = function (data, prefix, target, offset) {
    digest(data, prefix);
    return stateBytes(target || new Uint8Array(32), offset || 0);
  };

  /** HMAC-SHA256 with one key for many messages: a function from text or bytes to 64 hexadecimal digits. */
  ssj.hmac = function (key) {
    if (key.length > 64) key = ssj.sha256(key);
    const pads = [0x36, 0x5c].map(function (pad) {
      const block = new Uint8Array(64).fill(pad);
      for (let i = 0; i < key.length; i++) block[i] ^= key[i];
      state.set(INITIAL);
      compress(block, 0);
      return state.slice();
    });
    return function (message) {
      state.set(pads[0]);
      finish(put(message, 0), 64);
      stateBytes(scratch, 0);
      state.set(pads[1]);
      finish(32, 64);
      return stateHex();
    };
  };

  /** UTF-8 bytes of text; an unpaired surrogate is refused. */
  ssj.utf8 = function (text) {
    checkSurrogates(text, 0);
    return encoder.encode(text);
  };

  /** Is the value text of 64 lower-case hexadecimal digits? */
  ssj.isHex64 = (value) => typeof value === "string" && value.length === 64 && /^[0-9a-f]+$/.test(value);

  /** Bytes of hexadecimal digits, which the caller has checked. */
  ssj.hexToBytes = function (text) {
    const bytes = new Uint8Array(text.length / 2);
    for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.substr(2 * i, 2), 16);
    return bytes;
  };

  ssj.checkSurrogates = (text) => checkSurrogates(text, 0);
  ssj.ProtocolError = ProtocolError;
})();
