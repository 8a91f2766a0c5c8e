/* The protocol ssj/1, codes of visits: PROTOCOL.md §10.9.
   Plain script, after verify.js, before agree.js; adds to ssj: checks_of, read_check, checksKnown, checkedAgainst, check_state. */
(function () {
  "use strict";
  const ssj = (globalThis.ssj = globalThis.ssj || {});
  const { canonical, sha256hex, kindOf } = ssj;
  const { requireShape, refuse, has, isObject, top } = ssj.inner;

  const SALT = 16; // bytes
  const CODE = /^ssj1\.([0-9A-Za-z_-]+)\.([0-9A-Za-z_-]+)\.([0-9a-f]{8})$/;
  const SAID = {
    round: "text", attempt: "positive", amendment: "natural", position: "natural", visit: "id", items: ["text"], officers: ["text"], experts: ["text"],
    start: "text", end: "text",
  };
  const FIELDS = Object.keys(SAID);
  const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

  /** Bytes of base64url without padding, written in the one way that there is. */
  function decoded(text) {
    const plain = text.replace(/-/g, "+").replace(/_/g, "/");
    let bytes = "";
    try {
      bytes = atob(plain);
    } catch (error) {
      refuse("检查码含有不合写法的字符");
    }
    if (btoa(bytes).replace(/=+$/, "") !== plain) refuse("检查码含有不合写法的字符");
    return Uint8Array.from(bytes, (one) => one.charCodeAt(0));
  }

  /** What a code says; refused if it is no whole code. */
  function read_check(code) {
    const parts = CODE.exec(code);
    if (!parts || /\s/.test(code) || sha256hex(code.slice(0, -9)).slice(0, 8) !== parts[3]) refuse("检查码不完整，或者有抄错、改动的地方");
    const text = ssj.decode(decoded(parts[1])), way = decoded(parts[2]), values = ssj.parse(text);
    if (!Array.isArray(values) || values.length !== FIELDS.length || canonical(values) !== text) refuse("检查码的内容不是规定的写法");
    const said = Object.create(null);
    FIELDS.forEach((field, i) => { said[field] = values[i]; });
    requireShape(SAID, said, "检查码");
    if (way.length < SALT || (way.length - SALT) % 32) refuse("检查码的证明不完整");
    said.salt = hex(way.subarray(0, SALT));
    said.proof = [];
    for (let at = SALT; at < way.length; at += 32) said.proof.push(hex(way.subarray(at, at + 32)));
    return said;
  }

  function leafOf(check) {
    return canonical({ check: FIELDS.filter((field) => field !== "position").map((field) => check[field]), salt: check.salt });
  }

  /** `checks` of the public record that follows from a draw record. */
  function checks_of(record) {
    const { parameters, tables } = record, window = has(parameters, "window") && isObject(parameters.window) ? parameters.window : {};
    const day = (name) => (has(window, name) && typeof window[name] === "string" ? window[name] : "");
    const numbers = new Map(tables.officers.map(function ({ id, internal }) {
      const number = has(internal, "certificate") ? internal.certificate : "";
      return [id, typeof number === "string" && number ? number : id];
    }));
    const visits = new Map(record.visits.map((visit) => [visit.id, visit.items])), amendments = has(record, "amendments") ? record.amendments : [];
    const last = new Map(), checks = [];
    for (let amendment = 0; amendment <= amendments.length; amendment++) {
      const teams = ssj.teams_now(Object.assign(Object.create(null), record, { amendments: amendments.slice(0, amendment) }));
      const sent = { officers: new Map(), experts: new Map() };
      for (const place of Object.keys(sent)) {
        for (const { visit, officer } of teams[place]) sent[place].set(visit, (sent[place].get(visit) || new Set()).add(numbers.get(officer)));
      }
      const ids = amendment ? amendments[amendment - 1].visits : Array.from(visits.keys());
      const made = ids.map(function (visit) {
        const check = { round: record.round, attempt: record.attempt, amendment, visit, items: visits.get(visit), start: day("start"), end: day("end") };
        for (const place of Object.keys(sent)) check[place] = ssj.sortedTexts(sent[place].get(visit) || []);
        check.salt = ssj.row_salt(record.salt, "checks", visit, String(amendment)).slice(0, 2 * SALT);
        return check;
      });
      made.sort((a, b) => (a.salt < b.salt ? -1 : 1));
      const leaves = made.map(leafOf), ended = made.filter(({ visit }) => last.has(visit)).map(({ visit }) => last.get(visit));
      checks.push({ rows: made.length, root: ssj.merkle_root(leaves), ended: ssj.sortedTexts(ended) });
      made.forEach(({ visit }, i) => last.set(visit, ssj.merkle_root([leaves[i]])));
    }
    return checks;
  }

  /** What draw and public records that hold know of codes: { round, attempt, checks }. */
  function checksKnown(documents) {
    const known = [];
    for (const document of documents) {
      const kind = kindOf(document), { round, attempt } = top(document);
      if (kind === "draw") known.push({ round, attempt, checks: checks_of(document) });
      if (kind === "public") known.push({ round, attempt, checks: has(document, "checks") ? document.checks : [] });
    }
    return known;
  }

  /** The state of what a code says: current, replaced, void or unknown. `known`: of checksKnown; `isVoid`: whether its attempt is. */
  function checkedAgainst(check, known, isVoid) {
    const data = leafOf(check), hash = ssj.merkle_root([data]), here = check.amendment;
    const own = known.filter(({ round, attempt, checks }) => round === check.round && attempt === check.attempt && here < checks.length);
    for (const { checks } of own) {
      const reached = ssj.root_from_proof(data, check.position, checks[here].rows, check.proof);
      if (reached !== checks[here].root) refuse("检查码与公开记录不符：不是这次抽取的，或者被改动过");
    }
    if (isVoid) return "void";
    if (own.some(({ checks }) => checks.slice(here + 1).some(({ ended }) => ended.includes(hash)))) return "replaced";
    return own.length ? "current" : "unknown";
  }

  function check_state(code, documents, ledgers) {
    const check = read_check(code);
    return checkedAgainst(check, checksKnown(documents), ssj.inner.isVoided(check, ledgers));
  }

  Object.assign(ssj, { checks_of, read_check, checksKnown, checkedAgainst, check_state });
})();
