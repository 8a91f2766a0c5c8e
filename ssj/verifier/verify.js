/* The protocol ssj/1, ledger and verification: PROTOCOL.md §9 to §11.
   Plain script, after replacing.js; adds to ssj: ledger_line, read_ledger, verifyLedger, examine, compare, verify, and
   ssj.functions: every function of the test vectors, taking a vector's `input` and giving what it expects. */
(function () {
  "use strict";
  const ssj = (globalThis.ssj = globalThis.ssj || {});
  const { ProtocolError, NotChecked, EXTERNAL, canonical, sha256hex, compareText } = ssj;
  const { PROTOCOL, ZEROS, check, get, same, show, follows, difference, refuse, has, isObject, leafData, checkForm } = ssj.inner;

  const NAMES = { 1: "留痕登记簿", 3: "封库校验码", 4: "公开随机数与抽取随机数", 5: "抽取检查对象", 6: "入企检查与事项", 7: "指派检查组" };
  const LISTED = "抽中的都在名单中", OWN_TICKET = "本户签号", AGREE = "各份文件互相一致";
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
    if (lines.pop() !== "") refuse("留痕登记簿：最后一行没有换行");
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

  function checkSeed(event, demonstration, hash, document) {
    const text = get(get(document, "entropy", "object", ""), "text", "text", "entropy");
    ssj.check_event_text(event, text);
    if (ssj.event_outcomes(event.kind, event.count) < MINIMUM && !demonstration) refuse("event.count：可能的结果少于 2^40 种，且不是演示批次");
    same(ssj.seed_of(hash, text), get(document, "seed", "text", ""), "seed");
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

  /** §10.1: a record is a draw record if it has anything that a draw adds, even where it lacks the rest. */
  function isDrawn(record) {
    return ["entropy", "seed", "drawn", "visits", "officers", "experts", "amendments"].some((key) => has(record, key));
  }

  function examineRecord(record, progress) {
    const steps = [];
    step(steps, 3, "", () => checkRecord(record, progress));
    if (!isDrawn(record)) return steps;
    if (!has(record, "protocol") || record.protocol !== PROTOCOL) {
      for (const number of [4, 5, 6, 7]) unchecked(steps, number, OTHER_PROTOCOL);
      return steps;
    }
    step(steps, 4, "", function () {
      const demonstration = get(get(record, "parameters", "object", ""), "demonstration", "boolean", "parameters");
      checkSeed(get(record, "event", "object", ""), demonstration, get(record, "commitment", "text", ""), record);
    });
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

  /** What V3 asks of notice, public record and receipt alike; returns the commitment object. */
  function checkCommitted(document) {
    same(PROTOCOL, document.protocol, "protocol");
    const committed = get(document, "committed", "object", "");
    same(PROTOCOL, committed.protocol, "committed.protocol");
    checkForm(get(committed, "event", "object", "committed"));
    same(sha256hex(canonical(committed)), get(document, "commitment", "text", ""), "commitment");
    return committed;
  }

  const committedTargets = (committed) => get(get(committed, "tables", "object", "committed"), "targets", "object", "committed.tables");

  function checkPublicList(document, committed) {
    const list = get(document, "public_list", "object", "");
    same(get(committed, "public_list", "text", "committed"), sha256hex(canonical(list)), "public_list 的校验码");
    const targets = namedList(list, "targets", "public_list");
    targets.forEach(function (entry, i) {
      if (i && compareText(targets[i - 1].id, entry.id) >= 0) refuse("public_list.targets[" + i + "].id：编号重复或未按顺序排列：" + show(entry.id));
    });
    const rows = get(committedTargets(committed), "rows", "natural", "committed.tables.targets");
    same(rows - targets.length, get(list, "unnamed", "natural", "public_list"), "public_list.unnamed");
  }

  /** A list of objects with id and name, both text. */
  function namedList(object, key, path, fields) {
    return get(object, key, "list", path).map(function (entry, i) {
      const at = path + (path ? "." : "") + key + "[" + i + "]";
      for (const field of fields || ["id", "name"]) get(entry, field, "text", at);
      return entry;
    });
  }

  function checkSeedOfView(document) {
    const committed = get(document, "committed", "object", "");
    const demonstration = get(committed, "demonstration", "boolean", "committed");
    checkSeed(get(committed, "event", "object", "committed"), demonstration, get(document, "commitment", "text", ""), document);
  }

  function checkListed(document) {
    const list = get(document, "public_list", "object", "");
    const names = new Map(namedList(list, "targets", "public_list").map((entry) => [entry.id, entry.name]));
    let before = null;
    namedList(document, "visits", "").forEach(function (visit, i) {
      const path = "visits[" + i + "]";
      if (before !== null && compareText(before, visit.id) >= 0) refuse(path + ".id：应按编号从小到大且不重复，记录为 " + show(visit.id));
      before = visit.id;
      if (!names.has(visit.id)) refuse(path + ".id：不在公示名单中：" + show(visit.id));
      same(names.get(visit.id), visit.name, path + ".name");
      namedList(visit, "items", path);
      namedList(visit, "officers", path, ["name", "department"]);
    });
    const others = get(document, "unnamed_visits", "natural", ""), unnamed = get(list, "unnamed", "natural", "public_list");
    if (others > unnamed) refuse("unnamed_visits：应不大于 " + unnamed + "，记录为 " + others);
  }

  function checkRow(document, committed) {
    const row = get(document, "row", "object", ""), id = get(row, "id", "text", "row");
    const identity = get(row, "identity", "object", "row"), values = get(identity, "values", "object", "row.identity");
    same(id, get(values, "id", "text", "row.identity.values"), "row.identity.values.id");
    same(ssj.normalise_id(id), id, "row.id");
    const hashOf = (part, path) => ssj.part_hash(get(part, "salt", "hash", path), get(part, "values", "object", path));
    const internal = has(row, "internal") && isObject(row.internal) ? hashOf(row.internal, "row.internal") : get(row, "internal", "hash", "row");
    const data = leafData(id, hashOf(identity, "row.identity"), internal, get(document, "ticket_salt", "hash", ""));
    const targets = committedTargets(committed), rows = get(targets, "rows", "natural", "committed.tables.targets");
    const root = ssj.root_from_proof(data, get(row, "index", "natural", "row"), rows, get(row, "proof", "list", "row"));
    const published = get(targets, "root", "text", "committed.tables.targets");
    if (root !== published) refuse("row：与封库时的检查对象名录库不符（算得 " + root + "，封库为 " + show(published) + "）");
  }

  function checkOwnTicket(document) {
    const id = get(get(document, "row", "object", ""), "id", "text", "row");
    const seed = get(document, "seed", "text", ""), salt = get(document, "ticket_salt", "text", "");
    same(ssj.ticket(seed, "target", id, salt), get(document, "ticket", "text", ""), "ticket");
    const items = namedList(document, "items", "");
    same(items.length > 0, get(document, "drawn", "boolean", ""), "drawn");
  }

  function examineView(document) {
    const steps = [], view = document.view;
    const known = document.protocol === PROTOCOL;
    step(steps, 3, "", function () {
      const committed = checkCommitted(document);
      if (view === "receipt") checkRow(document, committed);
      else checkPublicList(document, committed);
    });
    if (view === "notice") return steps;
    const name = view === "receipt" ? OWN_TICKET : LISTED;
    if (known) {
      step(steps, 4, "", () => checkSeedOfView(document));
      step(steps, 5, name, () => (view === "receipt" ? checkOwnTicket(document) : checkListed(document)));
    } else {
      unchecked(steps, 4, OTHER_PROTOCOL);
      unchecked(steps, 5, OTHER_PROTOCOL, name);
    }
    const elsewhere = has(document, "committed") && ssj.drawnElsewhere(document.committed);
    for (const number of [5, 6, 7]) unchecked(steps, number, elsewhere && number === 5 ? EXTERNAL : "须有全部资料，由复核人员核验");
    return steps;
  }

  /** "draw", "frozen", "notice", "public" or "receipt", by content (§10.1); all else is refused. */
  function kindOf(document) {
    if (!isObject(document)) refuse("不是本协议的文件");
    if (has(document, "tables")) return isDrawn(document) ? "draw" : "frozen";
    const view = has(document, "view") ? document.view : undefined;
    if (view !== "notice" && view !== "public" && view !== "receipt") refuse("不是本协议的文件：view 为 " + show(view));
    return view;
  }

  /** §10: the steps of one document, in order. Refused if it is none of the known kinds. */
  function examine(document, options) {
    const kind = kindOf(document);
    const progress = (options && options.progress) || (() => {});
    return kind === "draw" || kind === "frozen" ? examineRecord(document, progress) : examineView(document);
  }

  // --- §10.4 several documents ---

  /** What §10.4 reads of any document. */
  function summary(document, i) {
    const kind = kindOf(document), path = "文件" + (i + 1), record = kind === "draw" || kind === "frozen";
    const top = record ? document : get(document, "committed", "object", path), at = record ? path : path + ".committed";
    return {
      kind: kind,
      document: document,
      path: path,
      commitment: () => get(document, "commitment", "text", path),
      attempt: () => canonical([get(top, "round", "text", at), get(top, "attempt", "integer", at)]),
      head: () => get(top, "ledger_head", "text", at),
    };
  }

  function compareHeads(all, ledgerText) {
    const heads = new Set(read_ledger(ledgerText).entries.map((entry) => entry.hash)).add(ZEROS);
    for (const one of all) if (!heads.has(one.head())) refuse(one.path + ".ledger_head：不在留痕登记簿中：" + show(one.head()));
  }

  function compareCommitments(all) {
    const first = new Map();
    for (const one of all) {
      const key = one.attempt(), hash = one.commitment();
      if (!first.has(key)) first.set(key, { hash: hash, path: one.path });
      const earlier = first.get(key);
      if (earlier.hash !== hash) refuse(one.path + ".commitment：与" + earlier.path + "的不同，同一次抽取有不止一个封库校验码");
    }
    return first.size < all.length;
  }

  function compareDrawn(receipt, other) {
    const row = get(receipt.document, "row", "object", receipt.path), id = get(row, "id", "text", receipt.path + ".row");
    if (other.kind === "public") {
      const list = get(other.document, "public_list", "object", other.path);
      if (!namedList(list, "targets", other.path + ".public_list").some((entry) => entry.id === id)) return false;
    }
    const visits = get(other.document, "visits", "list", other.path);
    const visited = visits.some((visit, i) => get(visit, "id", "text", other.path + ".visits[" + i + "]") === id);
    same(visited, get(receipt.document, "drawn", "boolean", receipt.path), receipt.path + ".drawn");
    return true;
  }

  /** Whether a receipt and a list of visits were compared at all. */
  function compareVisits(all) {
    let pairs = 0;
    for (const receipt of all.filter((one) => one.kind === "receipt")) {
      for (const other of all) {
        if (other.kind !== "public" && other.kind !== "draw") continue;
        if (receipt.commitment() === other.commitment() && compareDrawn(receipt, other)) pairs++;
      }
    }
    return pairs > 0;
  }

  /** §10.4: do documents agree with each other, and with a ledger's text if there is one? */
  function compare(documents, ledgerText) {
    const steps = [], all = check(documents, "list", "文件").map(summary);
    const ledger = ledgerText !== null && ledgerText !== undefined && all.length > 0;
    const together = function (number, work) { // `work` says whether there was anything to compare
      let compared = false;
      if (step(steps, number, AGREE, () => { compared = work(); }) && !compared) {
        steps.pop();
        unchecked(steps, number, "没有可以互相对照的文件", AGREE);
      }
    };
    together(1, () => ledger && (compareHeads(all, ledgerText), true));
    together(3, () => compareCommitments(all));
    together(6, () => compareVisits(all));
    return steps;
  }

  // --- §11 test vectors ---

  /** A copy with the values at the given paths replaced. */
  function changed(record, changes) {
    const copy = ssj.parse(canonical(record));
    for (const { path, value } of changes) {
      let place = copy;
      for (const key of path.slice(0, -1)) place = place[key];
      place[path[path.length - 1]] = value;
    }
    return copy;
  }

  /** Numbers of the failing steps of a draw record. */
  function verify(record) {
    const failing = examine(record).filter((one) => one.holds === false).map((one) => one.number);
    return { failing: failing, first_failing: failing.length ? failing[0] : null };
  }

  const bytes = (list) => list.map(ssj.hexToBytes);
  const entries = (object) => new Map(Object.keys(object).map((id) => [id, { id: id, internal: object[id], path: id }]));
  const numbers = (steps) => steps.map((one) => [one.number, one.holds]);
  const plain = (name, ...keys) => (input) => ssj[name](...keys.map((key) => input[key]));

  ssj.functions = {
    canonical(input) {
      const text = canonical(ssj.parse(input.text));
      return { canonical: text, sha256: sha256hex(text) };
    },
    normalise_id: plain("normalise_id", "text"),
    row_salt: plain("row_salt", "salt", "table", "identifier", "part"),
    part_hash: plain("part_hash", "part_salt", "values"),
    leaf: plain("leaf", "salt", "table", "row"),
    merkle_root: (input) => ssj.merkle_root(bytes(input.leaves)),
    merkle_proof: (input) => ssj.merkle_proof(bytes(input.leaves), input.index),
    root_from_proof: (input) => ssj.root_from_proof(ssj.hexToBytes(input.data), input.index, input.count, input.proof),
    event_outcomes: (input) => String(ssj.event_outcomes(input.kind, input.count)),
    event_form: plain("event_form", "kind", "count", "parties"),
    check_event_text: (input) => (ssj.check_event_text(input.event, input.text), "accepted"),
    public_list: plain("public_list", "record"),
    commitment(input) {
      const made = ssj.commitment(input.record);
      return { commitment: made.commitment, object: canonical(made.object) };
    },
    seed_of: plain("seed_of", "commitment", "text"),
    ticket: plain("ticket", "seed", "purpose", "identifier", "ticket_salt"),
    ticket_number: plain("ticket_number", "ticket_hex"),
    target_ticket: plain("target_ticket", "record", "seed", "purpose", "target"),
    sample_size: plain("sample_size", "ratio", "count"),
    select: plain("select", "units", "n"),
    draw_targets: plain("draw_targets", "record", "seed"),
    visit_of: (input) => ssj.visit_of(input.target, input.category, input.task_ids, entries(input.tasks), entries(input.items)),
    visits_of: plain("visits_of", "record", "drawn"),
    fits: (input) => ssj.fits(input.officer, input.seat, input.visit, entries(input.items)),
    match: plain("match", "record", "seed", "visits", "purpose"),
    draw: plain("draw", "record", "text", "external"),
    drawn_ids: plain("drawn_ids", "part"),
    replace: plain("replace", "record", "officer", "visits", "whole"),
    teams_now: plain("teams_now", "record"),
    ledger_line: plain("ledger_line", "entry", "previous"),
    read_ledger(input) {
      const ledger = read_ledger(input.text);
      return { entries: ledger.entries.length, head: ledger.head };
    },
    examine: (input) => numbers(examine(input.document)),
    compare: (input) => numbers(compare(input.documents, input.ledger)),
    /** `base`: the draw record that the changes are made to (whole_draw.json). */
    verify: (input, base) => verify(changed(base, input.changes)),
  };

  Object.assign(ssj, { ledger_line, read_ledger, verifyLedger, examine, compare, verify });
})();
