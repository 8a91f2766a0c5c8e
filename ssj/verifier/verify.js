/* The protocol ssj/1, ledger, files and the steps of one document: PROTOCOL.md §9 to §10.3, §10.8.
   Plain script, after replacing.js, before agree.js; adds to ssj: ledger_line, read_ledger, verifyLedger, kindOf, readFile, examine, isSigned. */
(function () {
  "use strict";
  const ssj = (globalThis.ssj = globalThis.ssj || {});
  const { ProtocolError, NotChecked, EXTERNAL, canonical, sha256hex, compareText } = ssj;
  const { PROTOCOL, ZEROS, check, get, same, show, follows, difference, refuse, has, isObject, leafData, checkForm, checkKeys } = ssj.inner;
  const { exact, problem, requireShape, EVENT, FROZEN, COMMITTED } = ssj.inner;

  const NAMES = { 1: "留痕登记簿", 3: "封库校验码", 4: "公开随机数与抽取随机数", 5: "抽取检查对象", 6: "入企检查与事项", 7: "指派检查组" };
  const LISTED = "抽中的都在名单中", OWN_TICKET = "本户签号";
  const OTHER_PROTOCOL = "未核验：不是本程序所知的协议";
  const MINIMUM = 1n << 40n; // §4.1

  // --- §9 ledger ---

  function ledger_line(entry, previous) {
    const line = Object.assign(Object.create(null), check(entry, "object", "登记"), { previous: previous });
    delete line.hash;
    line.hash = sha256hex(canonical(line));
    return canonical(line);
  }

  function readEntry(line, n, previous) {
    const path = "第 " + n + " 行";
    let entry;
    try {
      entry = ssj.parse(line);
    } catch (error) {
      refuse("留痕登记簿" + path + "：" + error.message);
    }
    same(n, get(entry, "n", "integer", path), path + ".n");
    same(previous, get(entry, "previous", "text", path), path + ".previous");
    const body = Object.assign(Object.create(null), entry);
    delete body.hash;
    same(sha256hex(canonical(body)), get(entry, "hash", "text", path), path + ".hash");
    if (canonical(entry) !== line) refuse("留痕登记簿" + path + "：不是规定的写法");
    return entry;
  }

  /** §9: the entries of a ledger's text and its head. */
  function read_ledger(text) {
    check(text, "text", "留痕登记簿");
    const lines = text.split("\n");
    if (lines[lines.length - 1] === "") lines.pop(); // the last line's line feed, which may be missing
    let head = ZEROS;
    const entries = lines.map(function (line, i) {
      const entry = readEntry(line, i + 1, head);
      head = entry.hash;
      return entry;
    });
    return { entries: entries, head: head };
  }

  // --- steps ---

  /** Do one step: it holds if `work` returns, fails if it refuses, and is not checked if it can't be done. */
  function step(steps, number, name, work) {
    let holds = true, detail = "";
    try {
      detail = work() || "";
    } catch (error) {
      holds = error instanceof NotChecked ? null : false;
      detail = error instanceof ProtocolError ? error.message : "程序未能核对这一步（" + error + "）";
    }
    steps.push({ number: number, name: name || NAMES[number], holds: holds, detail: detail });
    return holds;
  }

  function unchecked(steps, number, detail, name) {
    steps.push({ number: number, name: name || NAMES[number], holds: null, detail: detail });
  }

  function verifyLedger(text) {
    const steps = [];
    step(steps, 1, "", function () {
      const { entries } = read_ledger(typeof text === "string" ? text : ssj.decode(text));
      return "共 " + entries.length + " 行，首尾相接";
    });
    return steps;
  }

  // --- §10.1 draw and frozen records ---

  /** §10.8: what V4 reads of an attestation in a record. */
  const ATTESTED = { custodian: "text", received: "text", only: "boolean", first16: "short", "signature?": "signature" };
  const ENTROPY = { text: "text", "time?": "text", "place?": "text", "attestation?": [ATTESTED] };

  /** Where round, attempt, event and ledger head stand; where it stands whether it is a demonstration. */
  const top = (document) => (has(document, "tables") || !has(document, "committed") ? document : document.committed);
  const declared = (document) => (has(document, "tables") ? document.parameters : document.committed);

  const SIGNED_OVER = { round: "text", attempt: "positive", event: { keys: EVENT["keys?"], custodians: ["text"] } };

  /** Whether a custodian's signature in a record is valid for the record's own commitment (§10.8). */
  function isSigned(document, attested) {
    const from = top(document);
    if (problem(SIGNED_OVER, from, "")) return false;
    try {
      checkKeys(from.event); // keys that V3 refuses prove nothing
    } catch (error) {
      return false;
    }
    const key = from.event.keys.reduce((found, one) => (one.name === attested.custodian ? one.key : found), null);
    if (key === null) return false;
    const { custodian, received, only } = attested, { round, attempt } = from;
    const said = { view: "attestation", protocol: PROTOCOL, round, attempt, commitment: document.commitment, custodian, key, received, only };
    return ssj.validSignature(key, ssj.utf8(canonical(said)), attested.signature);
  }

  /** V4 of a draw record, a public record and a receipt. */
  function checkSeed(document) {
    requireShape({ commitment: "text", entropy: ENTROPY }, document, "");
    const { event } = top(document), { text, attestation } = document.entropy;
    ssj.check_event_text(event, text);
    if (ssj.event_outcomes(event.kind, event.count) < MINIMUM && !declared(document).demonstration) refuse("event.count：可能的结果少于 2^40 种，且不是演示批次");
    for (const one of attestation || []) {
      if (has(one, "signature") && !isSigned(document, one)) refuse("entropy.attestation：签名不是公告的保管人对本封库校验码的：" + one.custodian);
    }
    same(ssj.seed_of(document.commitment, text), get(document, "seed", "text", ""), "seed");
  }

  function checkRecord(record, progress) {
    same(PROTOCOL, record.protocol, "protocol");
    same(ssj.commitment(record, progress).commitment, get(record, "commitment", "text", ""), "commitment");
  }

  /** V5: who was drawn follows from the seed; of a draw made elsewhere only the form is known (§6.5). */
  function checkDrawn(record, progress) {
    if (!ssj.drawnElsewhere(get(record, "parameters", "object", ""))) {
      return follows(ssj.draw_targets(record, get(record, "seed", "text", ""), progress), record, "drawn");
    }
    const given = Object.create(null);
    get(record, "drawn", "list", "").forEach(function (part, i) {
      const path = "drawn[" + i + "]";
      given[get(part, "task", "text", path)] = get(part, "external", "list", path);
    });
    follows(ssj.external_parts(record, given), record, "drawn");
    throw new NotChecked(EXTERNAL);
  }

  /** V7: each amendment follows from what is recorded before it (§8.6). */
  function checkAmendments(record) {
    const amendments = has(record, "amendments") ? get(record, "amendments", "list", "") : [];
    amendments.forEach(function (amendment, i) {
      const path = "amendments[" + i + "]", asked = (key, type) => get(amendment, key, type, path);
      const before = Object.assign(Object.create(null), record, { amendments: amendments.slice(0, i) });
      const derived = ssj.replace(before, asked("officer", "text"), asked("visits", "list"), asked("all", "boolean"));
      for (const key of Object.keys(derived)) {
        const found = difference(derived[key], amendment[key], path + "." + key);
        if (found) refuse(found);
      }
    });
  }

  const DRAWN = ["entropy", "seed", "drawn", "visits", "officers", "experts", "amendments"], VIEWS = ["notice", "public", "receipt", "attestation"];

  /** "draw", "frozen", "notice", "public", "receipt" or "attestation", by content (§10.1); "" if it is none of them. */
  function kindOf(document) {
    if (!isObject(document)) return "";
    if (has(document, "tables")) return DRAWN.some((key) => has(document, key)) ? "draw" : "frozen";
    return has(document, "view") && VIEWS.includes(document.view) ? document.view : "";
  }

  const TAKE = "请改用同一处公布的 封库公告.json、公开记录.json，或本户的一户核验单（json 文件）；复核人员用 draw.json、ledger.jsonl";
  const LOOKS = [["PK", "Excel、Word 文件或压缩文件"], ["\xd0\xcf\x11\xe0", "Excel 或 Word 文件"], ["%PDF", "PDF 文件"], ["<", "网页"], ["\x89PNG", "图片"], ["\xff\xd8", "图片"]];

  const isEntry = (value) => isObject(value) && has(value, "previous") && has(value, "hash");

  function parsed(text) {
    try {
      return ssj.parse(text);
    } catch (error) {
      return undefined;
    }
  }

  /** What a file is, by its bytes alone, and what it holds: { kind, document } or, of a ledger, { kind, text } (§10.1). */
  function readFile(bytes) {
    let text = "";
    try {
      text = ssj.decode(bytes);
    } catch (error) { /* not UTF-8 */ }
    const document = parsed(text), kind = kindOf(document);
    if (kind) return { kind: kind, document: document };
    const lines = document === undefined ? text.split("\n").some((line) => isEntry(parsed(line))) : isEntry(document) && !has(document, "view");
    if (lines) return { kind: "ledger", text: text };
    const start = Array.from(bytes.subarray(0, 64), (byte) => String.fromCharCode(byte)).join("").replace(/^[\xef\xbb\xbf \t\r\n]+/, "");
    if (document === undefined && (start[0] === "{" || start[0] === "[")) refuse("文件不完整或已损坏，读不出来。请重新取得这份文件");
    const looks = LOOKS.find(([sign]) => start.startsWith(sign));
    refuse("这是" + (start ? (looks ? looks[1] : "别的文件") : "空文件") + "，不能用来核验。" + TAKE);
  }

  function examineRecord(record, progress) {
    const steps = [];
    step(steps, 3, "", () => checkRecord(record, progress));
    if (kindOf(record) === "frozen") return steps;
    if (!has(record, "protocol") || record.protocol !== PROTOCOL) {
      for (const number of [4, 5, 6, 7]) unchecked(steps, number, OTHER_PROTOCOL);
      return steps;
    }
    const read = problem({ salt: FROZEN.salt, event: FROZEN.event, parameters: FROZEN.parameters, tables: FROZEN.tables }, record, "");
    if (read) {
      for (const number of [4, 5, 6, 7]) step(steps, number, "", () => refuse(read));
      return steps;
    }
    step(steps, 4, "", () => checkSeed(record));
    step(steps, 5, "", () => checkDrawn(record, progress));
    step(steps, 6, "", () => follows(ssj.visits_of(record, get(record, "drawn", "list", ""), progress), record, "visits"));
    step(steps, 7, "", function () {
      const seed = get(record, "seed", "text", ""), visits = get(record, "visits", "list", "");
      follows(ssj.match(record, seed, visits, "officer", progress), record, "officers");
      follows(ssj.match(record, seed, visits, "expert", progress), record, "experts");
      checkAmendments(record);
    });
    return steps;
  }

  // --- §10.2 notice and public record, §10.3 receipt ---

  const VIEW = { commitment: "text", committed: COMMITTED };
  const NAMED = [exact({ id: "text", name: "text" })];
  const LIST = { public_list: exact({ targets: [exact({ id: "id", name: "text" })], unnamed: "natural" }) };

  /** What V3 asks of notice, public record and receipt alike. */
  function checkCommitted(document) {
    const { committed } = document;
    same(PROTOCOL, committed.protocol, "committed.protocol");
    checkForm(committed.event);
    same(sha256hex(canonical(committed)), document.commitment, "commitment");
  }

  /** The ids of a list must ascend strictly. */
  function checkOrder(list, path) {
    list.forEach(function (entry, i) {
      if (i && compareText(list[i - 1].id, entry.id) >= 0) refuse(path + "[" + i + "].id：编号重复或未按顺序排列：" + show(entry.id));
    });
  }

  function checkPublicList(document) {
    const { committed, public_list: list } = requireShape(LIST, document, "");
    checkCommitted(document);
    same(committed.public_list, sha256hex(canonical(list)), "public_list 的校验码");
    checkOrder(list.targets, "public_list.targets");
    same(committed.tables.targets.rows - list.targets.length, list.unnamed, "public_list.unnamed");
  }

  const SHOWN = {
    visits: [exact({ id: "id", name: "text", items: NAMED, officers: [exact({ name: "text", department: "text" })] })],
    unnamed_visits: "natural",
    amendments: [exact({ date: "text", reason: "text", visits: "positive" })],
    "checks?": [exact({ rows: "natural", root: "hash", ended: ["hash"] })],
  };

  /** §10.9: checks go with visits and amendments. */
  function checkChecks({ checks, visits, unnamed_visits, amendments }) {
    const counts = [visits.length + unnamed_visits].concat(amendments.map((one) => one.visits));
    same(counts.length, checks.length, "checks 的项数");
    checks.forEach(function ({ rows, ended }, i) {
      same(counts[i], rows, "checks[" + i + "].rows");
      same(i ? rows : 0, ended.length, "checks[" + i + "].ended 的个数");
      ended.forEach((hash, k) => { if (k && ended[k - 1] >= hash) refuse("checks[" + i + "].ended：重复或未排序"); });
    });
  }

  function checkListed(document) {
    const { visits, unnamed_visits, public_list: list } = requireShape(Object.assign({}, LIST, SHOWN), document, "");
    const names = new Map(list.targets.map((entry) => [entry.id, entry.name]));
    checkOrder(visits, "visits");
    visits.forEach(function (visit, i) {
      if (!names.has(visit.id)) refuse("visits[" + i + "].id：不在公示名单中：" + show(visit.id));
      same(names.get(visit.id), visit.name, "visits[" + i + "].name");
    });
    if (unnamed_visits > list.unnamed) refuse("unnamed_visits：应不大于 " + list.unnamed + "，记录为 " + unnamed_visits);
    if (has(document, "checks")) checkChecks(document);
  }

  function checkRow(document) {
    const opened = { salt: "hash", values: {} };
    const internal = isObject(document.row) && isObject(document.row.internal) ? opened : "hash";
    const row = { id: "id", index: "natural", proof: ["hash"], identity: { salt: "hash", values: { id: "text" } }, internal };
    requireShape({ row, ticket_salt: "hash" }, document, "");
    checkCommitted(document);
    const { id, index, proof, identity, internal: hidden } = document.row, { rows, root } = document.committed.tables.targets;
    same(id, identity.values.id, "row.identity.values.id");
    const hash = internal === "hash" ? hidden : ssj.part_hash(hidden.salt, hidden.values);
    const found = ssj.root_from_proof(leafData(id, ssj.part_hash(identity.salt, identity.values), hash, document.ticket_salt), index, rows, proof);
    if (found !== root) refuse("row：与封库时的检查对象名录库不符（算得 " + found + "，封库为 " + root + "）");
  }

  function checkOwnTicket(document) {
    const { seed, row, ticket_salt, items, drawn } = requireShape({ seed: "text", items: NAMED, drawn: "boolean", ticket_salt: "text", row: { id: "text" } }, document, "");
    same(ssj.ticket(seed, "target", row.id, ticket_salt), get(document, "ticket", "text", ""), "ticket");
    same(items.length > 0, drawn, "drawn");
  }

  const ATTESTATION = exact({
    view: "text", protocol: "text", round: "text", attempt: "positive", commitment: "hash", custodian: "text", key: "hash", received: "text", only: "boolean",
    signature: "signature",
  });

  /** V3 of an attestation document: its signature (§10.8). */
  function checkAttestation(document) {
    const said = Object.assign(Object.create(null), document);
    delete said.signature;
    if (!ssj.validSignature(document.key, ssj.utf8(canonical(said)), document.signature)) refuse("signature：签名与内容不符");
  }

  function examineView(document) {
    const steps = [], view = document.view, signed = view === "attestation";
    const known = document.protocol === PROTOCOL, wrong = known ? problem(signed ? ATTESTATION : VIEW, document, "") : "";
    const third = { notice: checkPublicList, public: checkPublicList, receipt: checkRow, attestation: checkAttestation }[view];
    const checked = (work) => () => (wrong ? refuse(wrong) : work(document));
    step(steps, 3, "", () => (same(PROTOCOL, document.protocol, "protocol"), checked(third)()));
    if (signed || view === "notice") return steps;
    const name = view === "receipt" ? OWN_TICKET : LISTED;
    if (known) {
      step(steps, 4, "", checked(checkSeed));
      step(steps, 5, name, checked(view === "receipt" ? checkOwnTicket : checkListed));
    } else {
      unchecked(steps, 4, OTHER_PROTOCOL);
      unchecked(steps, 5, OTHER_PROTOCOL, name);
    }
    const elsewhere = has(document, "committed") && ssj.drawnElsewhere(document.committed);
    for (const number of [5, 6, 7]) unchecked(steps, number, elsewhere && number === 5 ? EXTERNAL : "须有全部资料，由复核人员核验");
    return steps;
  }

  /** §10: the steps of one document, in order. Refused if it is none of the known kinds. */
  function examine(document, options) {
    const kind = kindOf(document), progress = (options && options.progress) || (() => {});
    if (!kind) refuse("这是别的文件，不能用来核验。" + TAKE);
    return has(document, "tables") ? examineRecord(document, progress) : examineView(document);
  }

  Object.assign(ssj, { ledger_line, read_ledger, verifyLedger, kindOf, readFile, examine });
  Object.assign(ssj.inner, { step, unchecked, top, declared, isSigned, ATTESTED });
})();
