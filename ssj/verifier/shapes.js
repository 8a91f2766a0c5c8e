/* Shapes: what a document must look like, and how two values differ (PROTOCOL.md §10.1, §10.5).
   Plain script, after json.js; adds to ssj.inner what the scripts after it read documents with.
   A shape is the name of a type, [shape of all entries], or { field: its shape }, "field?" if it is optional. */
(function () {
  "use strict";
  const ssj = (globalThis.ssj = globalThis.ssj || {});
  const { ProtocolError, isHex64, canonical } = ssj;

  /** §2: are these the characters of an id? */
  function isId(text) {
    for (let i = 0; i < text.length; i++) {
      const c = text.charCodeAt(i);
      const ascii = (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a) || "()-_./".includes(text[i]);
      if (!ascii && !(c >= 0x4e00 && c <= 0x9fff)) return false;
    }
    return text.length > 0;
  }

  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const has = (object, key) => Object.prototype.hasOwnProperty.call(object, key);
  const oneOf = (...values) => (v) => values.includes(v);
  const TYPES = {
    text: ["文字", (v) => typeof v === "string"],
    word: ["非空文字", (v) => typeof v === "string" && v !== ""],
    integer: ["整数", (v) => Number.isSafeInteger(v)],
    positive: ["大于 0 的整数", (v) => Number.isSafeInteger(v) && v > 0],
    natural: ["不小于 0 的整数", (v) => Number.isSafeInteger(v) && v >= 0],
    cap: ["不小于 0 的整数或 null", (v) => v === null || (Number.isSafeInteger(v) && v >= 0)],
    boolean: [" true 或 false", (v) => typeof v === "boolean"],
    list: ["列表", (v) => Array.isArray(v)],
    object: ["对象", isObject],
    hash: [" 64 位小写十六进制数", isHex64],
    short: [" 16 位小写十六进制数", (v) => typeof v === "string" && /^[0-9a-f]{16}$/.test(v)],
    signature: [" 128 位小写十六进制数", (v) => typeof v === "string" && /^[0-9a-f]{128}$/.test(v)],
    id: ["规范的编号", (v) => typeof v === "string" && isId(v)],
    team: [" 0 至 100 的整数", (v) => Number.isSafeInteger(v) && v >= 0 && v <= 100],
    person: [" officer、expert 或 staff", oneOf("officer", "expert", "staff")],
    place: [" here 或 platform", oneOf("here", "platform")],
    mode: [" visits 或 groups", oneOf("visits", "groups")],
    platform: [" platform", oneOf("platform")],
  };

  function show(value) {
    if (value === undefined) return "（缺少）";
    let text = "（无法显示的值）";
    try {
      text = typeof value === "string" && value ? value : canonical(value);
    } catch (error) { /* not a JSON value */ }
    return text.length > 80 ? text.slice(0, 79) + "…" : text;
  }

  const differs = (path, should, value) =>
    path + "：应为 " + show(should) + (value === undefined ? "，记录中缺少" : "，记录为 " + show(value));

  function refuse(message) {
    throw new ProtocolError(message);
  }

  function check(value, type, path) {
    const [name, test] = TYPES[type];
    if (!test(value)) refuse(path + "：应为" + name + (value === undefined ? "，记录中缺少" : "，记录为 " + show(value)));
    return value;
  }

  /** Own member `key` of `object`, of the type named; `path` is that of the object. */
  function get(object, key, type, path) {
    if (!isObject(object)) check(object, "object", path || "记录");
    return check(has(object, key) ? object[key] : undefined, type, path ? path + "." + key : key);
  }

  function texts(object, key, path, type) {
    const list = get(object, key, "list", path);
    for (let i = 0; i < list.length; i++) if (typeof list[i] !== "string" || type) check(list[i], type || "text", path + "." + key + "[" + i + "]");
    return list;
  }

  function same(should, value, path) {
    if (should !== value) refuse(differs(path, should, value));
  }

  /** First difference of two JSON values (§10.1 "follows"), as a message, or "". */
  function difference(should, value, path) {
    if (Array.isArray(should) && Array.isArray(value)) {
      for (let i = 0; i < Math.max(should.length, value.length); i++) {
        if (i >= should.length) return path + "[" + i + "]：不应有，记录为 " + show(value[i]);
        const found = difference(should[i], value[i], path + "[" + i + "]");
        if (found) return found;
      }
      return "";
    }
    if (isObject(should) && isObject(value)) {
      for (const key of Object.keys(should).sort()) {
        const found = difference(should[key], has(value, key) ? value[key] : undefined, path + "." + key);
        if (found) return found;
      }
      for (const key of Object.keys(value)) if (!has(should, key)) return path + "." + key + "：不应有这一项";
      return "";
    }
    return should === value ? "" : differs(path, should, value);
  }

  function follows(should, record, key) {
    const found = difference(should, has(record, key) ? record[key] : undefined, key);
    if (found) refuse(found);
  }

  const EXACT = Symbol("exact");
  /** The shape of objects that have no further fields. */
  const exact = (fields) => Object.assign({ [EXACT]: true }, fields);

  /** The first place where a value is not of its shape, in words; "" if it is. Fields that the shape doesn't name are allowed, unless it is exact. */
  function problem(shape, value, path) {
    const named = typeof shape === "string", type = named ? shape : Array.isArray(shape) ? "list" : "object";
    if (!TYPES[type][1](value)) return (path || "记录") + "：应为" + TYPES[type][0] + (value === undefined ? "，记录中缺少" : "，记录为 " + show(value));
    if (named) return "";
    if (type === "list") {
      for (let i = 0; i < value.length; i++) {
        const wrong = problem(shape[0], value[i], path + "[" + i + "]");
        if (wrong) return wrong;
      }
    } else {
      for (const field of Object.keys(shape)) {
        const optional = field.endsWith("?"), key = optional ? field.slice(0, -1) : field;
        if (optional && !has(value, key)) continue;
        const wrong = problem(shape[field], has(value, key) ? value[key] : undefined, path ? path + "." + key : key);
        if (wrong) return wrong;
      }
      if (!shape[EXACT]) return "";
      for (const key of Object.keys(value)) if (!has(shape, key) && !has(shape, key + "?")) return (path ? path + "." : "") + key + "：不应有这一项";
    }
    return "";
  }

  function requireShape(shape, value, path) {
    const wrong = problem(shape, value, path);
    if (wrong) refuse(wrong);
    return value;
  }

  ssj.inner = { exact, problem, requireShape, check, get, texts, same, show, follows, difference, refuse, has, isObject, isId };
})();
