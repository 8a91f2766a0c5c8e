/* Strict JSON reader and canonical writer of protocol ssj/1, §1.
   Plain script, after sha256.js; adds to ssj: parse, canonical, decode, compareText, sortedTexts, MAX_DEPTH. */
(function () {
  "use strict";
  const ssj = (globalThis.ssj = globalThis.ssj || {});
  const ProtocolError = ssj.ProtocolError;
  /** §1: levels of lists and objects inside each other. */
  const MAX_DEPTH = 100;

  let source = ""; // the text being read
  let at = 0; // position in it

  function refuse(message, position) {
    const before = source.slice(0, position === undefined ? at : position);
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    throw new ProtocolError("不是合格的 JSON：" + message + "（第 " + line + " 行第 " + column + " 个字符）");
  }

  function skipSpace() {
    for (;;) {
      const unit = source.charCodeAt(at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return unit;
      at++;
    }
  }

  const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

  /** One escape; `at` stands behind the backslash. */
  function readEscape() {
    const letter = source[at++];
    if (letter !== "u") {
      if (letter === undefined || !Object.prototype.hasOwnProperty.call(ESCAPES, letter)) {
        refuse("反斜杠后的字符不对", at - 1);
      }
      return ESCAPES[letter];
    }
    const digits = source.slice(at, at + 4);
    if (!/^[0-9A-Fa-f]{4}$/.test(digits)) refuse("\\u 后应有四位十六进制数字");
    at += 4;
    return String.fromCharCode(parseInt(digits, 16));
  }

  /** Text; `at` stands on the opening quote. Without escapes it is one slice. */
  function readText() {
    const open = at++;
    let start = at, text = "", surrogates = false;
    for (;;) {
      const unit = source.charCodeAt(at);
      if (unit === 0x22) break;
      if (unit === 0x5c) {
        text += source.slice(start, at);
        at++;
        const character = readEscape();
        if (character >= "\ud800" && character <= "\udfff") surrogates = true;
        text += character;
        start = at;
      } else if (unit < 0x20) {
        refuse("文字中有未转义的控制字符");
      } else if (unit !== unit) {
        refuse("文字没有结束的引号", open);
      } else {
        if (unit >= 0xd800 && unit <= 0xdfff) surrogates = true;
        at++;
      }
    }
    text = start === open + 1 ? source.slice(start, at) : text + source.slice(start, at);
    at++;
    if (surrogates) checkPairs(text, open);
    return text;
  }

  function checkPairs(text, open) {
    try {
      ssj.checkSurrogates(text);
    } catch (error) {
      refuse(error.message, open);
    }
  }

  const isDigit = (unit) => unit >= 0x30 && unit <= 0x39;

  function readNumber() {
    const start = at;
    if (source.charCodeAt(at) === 0x2d) at++;
    const first = source.charCodeAt(at);
    if (!isDigit(first)) refuse("这里应有一个值", start);
    at++;
    if (first !== 0x30) while (isDigit(source.charCodeAt(at))) at++;
    const next = source[at];
    if (isDigit(source.charCodeAt(at))) refuse("整数前有多余的 0", start);
    if (next === "." || next === "e" || next === "E") refuse("只接受整数，不接受小数和指数", start);
    const value = at - start > 17 ? NaN : Number(source.slice(start, at));
    if (!Number.isSafeInteger(value)) refuse("整数超出 ±(2^53−1)", start);
    return value === 0 ? 0 : value; // -0 reads as 0
  }

  function readWord(word, value) {
    if (source.slice(at, at + word.length) !== word) refuse("这里应有一个值");
    at += word.length;
    return value;
  }

  function readKey(object) {
    if (skipSpace() !== 0x22) refuse("这里应有键名");
    const start = at;
    const key = readText();
    for (let i = 0; i < key.length; i++) if (key.charCodeAt(i) > 127) refuse("键名只能是 ASCII 字符", start);
    if (key in object) refuse("键名重复：" + key, start);
    if (skipSpace() !== 0x3a) refuse("键名后应有冒号");
    at++;
    return key;
  }

  function readObject(depth) {
    const object = Object.create(null); // so that __proto__ is a key like others
    at++;
    if (skipSpace() === 0x7d) {
      at++;
      return object;
    }
    for (;;) {
      const key = readKey(object);
      object[key] = readValue(depth + 1);
      const unit = skipSpace();
      at++;
      if (unit === 0x7d) return object;
      if (unit !== 0x2c) refuse("这里应有逗号或右花括号", at - 1);
    }
  }

  function readList(depth) {
    const list = [];
    at++;
    if (skipSpace() === 0x5d) {
      at++;
      return list;
    }
    for (;;) {
      list.push(readValue(depth + 1));
      const unit = skipSpace();
      at++;
      if (unit === 0x5d) return list;
      if (unit !== 0x2c) refuse("这里应有逗号或右方括号", at - 1);
    }
  }

  function readValue(depth) {
    const first = skipSpace();
    if (depth >= MAX_DEPTH && (first === 0x7b || first === 0x5b)) refuse("嵌套超过 " + MAX_DEPTH + " 层");
    switch (first) {
      case 0x22: return readText();
      case 0x7b: return readObject(depth);
      case 0x5b: return readList(depth);
      case 0x74: return readWord("true", true);
      case 0x66: return readWord("false", false);
      case 0x6e: return readWord("null", null);
      default: return readNumber();
    }
  }

  /** Bytes as UTF-8 text; wrong bytes are refused, a byte-order mark is kept (and then refused by the reader). */
  ssj.decode = function (bytes) {
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (error) {
      throw new ProtocolError("文件不是 UTF-8 编码");
    }
  };

  /** Read JSON text (or its bytes) strictly (§1). Objects have no prototype. */
  ssj.parse = function (text) {
    if (typeof text !== "string") text = ssj.decode(text);
    source = text;
    at = 0;
    try {
      if (text.charCodeAt(0) === 0xfeff) refuse("文件开头有字节顺序标记");
      const value = readValue(0);
      skipSpace();
      if (at !== text.length) refuse("值之后还有别的内容");
      return value;
    } finally {
      source = "";
    }
  };

  // --- canonical writing ---

  const SHORT = { 8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r", 34: '\\"', 92: "\\\\" };

  function escapeUnit(character) {
    const unit = character.charCodeAt(0);
    return SHORT[unit] || "\\u00" + (unit < 16 ? "0" : "") + unit.toString(16);
  }

  function writeText(text) {
    if (/[\ud800-\udfff]/.test(text)) ssj.checkSurrogates(text);
    // eslint-disable-next-line no-control-regex
    if (/["\\\u0000-\u001f]/.test(text)) text = text.replace(/["\\\u0000-\u001f]/g, escapeUnit);
    return '"' + text + '"';
  }

  function writeNumber(value) {
    if (!Number.isSafeInteger(value)) throw new ProtocolError("只接受 ±(2^53−1) 之内的整数：" + value);
    return value === 0 ? "0" : String(value);
  }

  function writeList(list, depth) {
    let text = "[";
    for (let i = 0; i < list.length; i++) text += (i ? "," : "") + writeValue(list[i], depth + 1);
    return text + "]";
  }

  function writeObject(object, depth) {
    const prototype = Object.getPrototypeOf(object);
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) throw new ProtocolError("不是 JSON 的值");
    const keys = Object.keys(object).sort(); // code units; the same as code points, as keys are ASCII
    let text = "{";
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i];
      // eslint-disable-next-line no-control-regex
      if (/[^\u0000-\u007f]/.test(key)) throw new ProtocolError("键名只能是 ASCII 字符：" + key);
      text += (i ? "," : "") + writeText(key) + ":" + writeValue(object[key], depth + 1);
    }
    return text + "}";
  }

  function writeValue(value, depth) {
    if (typeof value === "string") return writeText(value);
    if (typeof value === "number") return writeNumber(value);
    if (value === null || value === true || value === false) return String(value);
    if (depth >= MAX_DEPTH) throw new ProtocolError("嵌套超过 " + MAX_DEPTH + " 层");
    if (Array.isArray(value)) return writeList(value, depth);
    if (typeof value === "object") return writeObject(value, depth);
    throw new ProtocolError("不是 JSON 的值：" + typeof value);
  }

  /** Canonical JSON text of a value (§1); its UTF-8 bytes are what is hashed. */
  ssj.canonical = (value) => writeValue(value, 0);

  const HIGH = /[\ud800-\uffff]/; // where the order of UTF-16 units and that of code points part

  function compareHigh(a, b) {
    const length = Math.min(a.length, b.length);
    let i = 0;
    while (i < length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
    if (i === length) return a.length - b.length;
    const lift = (unit) => (unit >= 0xe000 ? unit - 0x800 : unit >= 0xd800 ? unit + 0x2000 : unit);
    return lift(a.charCodeAt(i)) - lift(b.charCodeAt(i));
  }

  /** Order of text by code point. */
  ssj.compareText = function (a, b) {
    if (a === b) return 0;
    if (HIGH.test(a) && HIGH.test(b)) return compareHigh(a, b);
    return a < b ? -1 : 1;
  };

  /** The values, each once, by code point. */
  ssj.sortedTexts = function (values) {
    const list = Array.from(new Set(values)).sort();
    return list.some((text) => HIGH.test(text)) ? list.sort(ssj.compareText) : list;
  };

  ssj.MAX_DEPTH = MAX_DEPTH;
})();
