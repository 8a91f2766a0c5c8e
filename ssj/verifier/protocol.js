/* The protocol ssj/1 from ids to visits: PROTOCOL.md §2 to §7.2, section by section.
   Plain script, after sha256.js and json.js; matching.js (§7.3, §8) and verify.js (§9 to §11) follow.
   Adds to ssj one function for every function of the test vectors of these sections. */
(function () {
  "use strict";
  const ssj = (globalThis.ssj = globalThis.ssj || {});
  const { ProtocolError, sha256hex, hmac, isHex64, canonical, compareText } = ssj;
  const { exact, requireShape, check, get, texts, same, show, follows, difference, refuse, has, isObject, isId } = ssj.inner;

  const PROTOCOL = "ssj/1";
  const ZEROS = "0".repeat(64);
  const TABLES = ["items", "officers", "targets", "tasks"];
  const MOST_PARTIES = 100;
  const PLATFORM = "platform"; // official_draw of a round whose targets are drawn elsewhere
  const GROUPS = "groups"; // team_mode of a round with 先组后户
  const EXTERNAL = "外部抽取：检查对象由省级平台抽取，本记录不能核验";
  /** More than this is not computed but reported as not checked. */
  const LIMITS = { seats: 1000000, lots: 20000000, steps: 3000000000 };

  /** The step is neither right nor wrong: it can't be done here. */
  class NotChecked extends ProtocolError {}
  /** Too large for this program. */
  class LimitError extends NotChecked {}

  const sorted = ssj.sortedTexts;

  // --- §2 ids ---

  function normalise_id(text) {
    const id = check(text, "text", "编号").normalize("NFKC").toUpperCase();
    if (!isId(id)) refuse("编号不合格：" + show(text));
    return id;
  }

  // --- §3 tables ---

  const saltMac = (salt) => hmac(ssj.hexToBytes(check(salt, "hash", "salt")));
  const recordMac = (record) => saltMac(get(record, "salt", "hash", ""));
  const row_salt = (salt, table, id, part) => saltMac(salt)(table + "," + id + "," + part);
  const part_hash = (salt, values) => sha256hex(canonical({ salt: salt, values: values }));
  const leafData = (id, identity, internal, ticketSalt) =>
    canonical({ id: id, identity: identity, internal: internal, ticket: sha256hex(ticketSalt) });

  function rowLeaf(mac, table, row, path) {
    const id = get(row, "id", "text", path);
    const hash = (part) => part_hash(mac(table + "," + id + "," + part), get(row, part, "object", path));
    return leafData(id, hash("identity"), hash("internal"), mac(table + "," + id + ",ticket"));
  }

  const leaf = (salt, table, row) => rowLeaf(saltMac(salt), table, row, table + "[]");

  /** All levels of the tree of RFC 6962, leaves first, each as bytes of 32 for every node; an odd last node moves up. */
  function treeLevels(leaves) {
    let level = new Uint8Array(32 * leaves.length);
    for (let i = 0; i < leaves.length; i++) ssj.sha256(leaves[i], 0, level, 32 * i);
    const levels = [level];
    while (level.length > 32) {
      const above = new Uint8Array(32 * Math.ceil(level.length / 64));
      for (let i = 0; i < level.length; i += 64) {
        if (i + 64 > level.length) above.set(level.subarray(i), i / 2);
        else ssj.sha256(level.subarray(i, i + 64), 1, above, i / 2);
      }
      levels.push((level = above));
    }
    return levels;
  }

  const hex = (bytes) => Array.from(bytes, (b) => (b < 16 ? "0" : "") + b.toString(16)).join("");

  function merkle_root(leaves) {
    return leaves.length ? hex(treeLevels(leaves).pop()) : sha256hex("");
  }

  function merkle_proof(leaves, index) {
    if (!Number.isSafeInteger(index) || index < 0 || index >= leaves.length) refuse("序号不在名单范围内：" + show(index));
    const proof = [];
    for (const level of treeLevels(leaves)) {
      const at = 32 * (index % 2 ? index - 1 : index + 1);
      if (at < level.length) proof.push(hex(level.subarray(at, at + 32)));
      index = Math.floor(index / 2);
    }
    return proof;
  }

  function root_from_proof(data, index, count, proof) {
    check(count, "natural", "count");
    if (!Number.isSafeInteger(index) || index < 0 || index >= count) refuse("index：应在 0 与 " + (count - 1) + " 之间，记录为 " + show(index));
    check(proof, "list", "proof").forEach((entry, i) => check(entry, "hash", "proof[" + i + "]"));
    const climb = function (m, n, length) {
      if (n === 1) return length ? refuse("proof：比应有的长") : ssj.sha256(data, 0);
      if (!length) refuse("proof：比应有的短");
      let k = 1;
      while (2 * k < n) k *= 2;
      const sibling = ssj.hexToBytes(proof[length - 1]);
      const pair = new Uint8Array(64);
      pair.set(m < k ? climb(m, k, length - 1) : sibling, 0);
      pair.set(m < k ? sibling : climb(m - k, n - k, length - 1), 32);
      return ssj.sha256(pair, 1);
    };
    return hex(climb(index, count, proof.length));
  }

  const rowsOf = (record, table) => get(get(record, "tables", "object", ""), table, "list", "tables");

  /** Map from id to the row's internal part and its path, for one table. */
  function indexOf(record, table) {
    const index = new Map();
    rowsOf(record, table).forEach(function (row, i) {
      const path = "tables." + table + "[" + i + "]";
      const id = get(row, "id", "text", path);
      if (index.has(id)) refuse(path + ".id：编号重复，记录为 " + show(id));
      index.set(id, { id: id, internal: get(row, "internal", "object", path), path: path + ".internal" });
    });
    return index;
  }

  function lookup(index, id, table) {
    const entry = index.get(id);
    if (!entry) refuse("tables." + table + "：没有编号 " + show(id));
    return entry;
  }

  /** §6.5: whether a record's parameters, or a commitment object, say that the targets are drawn elsewhere. */
  const drawnElsewhere = (holder) => isObject(holder) && has(holder, "official_draw") && holder.official_draw === PLATFORM;

  // --- §4 event, commitment ---

  const OUTCOMES = { dice: 6n, lottery: 17721088n, lotto: 21425712n, beacon: 2n };
  const RED33 = "(0[1-9]|[12][0-9]|3[0-3])", RED35 = "(0[1-9]|[12][0-9]|3[0-5])";
  const BLUE16 = "(0[1-9]|1[0-6])", BLUE12 = "(0[1-9]|1[0-2])";
  const DRAWS = {
    lottery: RED33 + "(," + RED33 + "){5}\\+" + BLUE16,
    lotto: RED35 + "(," + RED35 + "){4}\\+" + BLUE12 + "(," + BLUE12 + "){1}",
  };
  const DRAW_PATTERNS = { lottery: new RegExp("^(?:" + DRAWS.lottery + ")$"), lotto: new RegExp("^(?:" + DRAWS.lotto + ")$") };

  function event_outcomes(kind, count) {
    if (typeof kind !== "string" || !has(OUTCOMES, kind)) refuse("event.kind：不认识的公开随机数来源 " + show(kind));
    if (!Number.isSafeInteger(count) || count < 1 || count > 1024) refuse("event.count：应为 1 至 1024 的整数，记录为 " + show(count));
    if (kind === "beacon" && count % 4) refuse("event.count：信标的位数应为 4 的倍数，记录为 " + count);
    return OUTCOMES[kind] ** BigInt(count);
  }

  function event_form(kind, count, parties) {
    event_outcomes(kind, count);
    const forms = { dice: "[1-6]{" + count + "}", beacon: "[0-9a-f]{" + count / 4 + "}" };
    const form = has(forms, kind) ? forms[kind] : DRAWS[kind] + ("(;" + DRAWS[kind] + ")").repeat(count - 1);
    return form + (parties ? "(\\|[0-9a-f]{64}){" + parties + "}" : "");
  }

  /** The event must be sound, and have the form of its kind, count and parties; returns the parties' hashes. */
  function checkForm(event) {
    requireShape(EVENT, event, "event");
    const hashes = (event.parties || []).map((party) => party.sha256);
    if (new Set(hashes).size < hashes.length) refuse("event.parties：两个参与方的校验码相同");
    if (hashes.length > MOST_PARTIES) refuse("event.parties：参与方不得多于 " + MOST_PARTIES + " 个");
    same(event_form(event.kind, event.count, hashes.length), event.form, "event.form");
    checkKeys(event);
    return hashes;
  }

  /** Each key is that of one announced custodian. */
  function checkKeys(event) {
    const keys = event.keys || [], custodians = event.custodians || [];
    if (keys.length > MOST_PARTIES) refuse("event.keys：公钥不得多于 " + MOST_PARTIES + " 个");
    for (const field of ["name", "key"]) if (new Set(keys.map((one) => one[field])).size < keys.length) refuse("event.keys：有重复");
    for (const one of keys) {
      if (!custodians.includes(one.name)) refuse("event.keys：" + show(one.name) + " 不是公告的保管人");
      if (!ssj.isKey(one.key)) refuse("event.keys：保管人 " + show(one.name) + " 的公钥不是 Ed25519 公钥");
    }
  }

  function checkAscending(draw) {
    for (const side of draw.split("+")) {
      side.split(",").forEach(function (number, i, all) {
        if (i && all[i - 1] >= number) refuse("公开随机数：号码应从小到大且不重复：" + draw);
      });
    }
  }

  function check_event_text(event, text) {
    const hashes = checkForm(check(event, "object", "event"));
    const parts = check(text, "text", "公开随机数").split("|");
    const { kind, count } = event;
    const outcome = parts[0], draws = outcome.split(";");
    let right = parts.length === hashes.length + 1 && parts.slice(1).every(isHex64);
    if (kind === "dice") right = right && outcome.length === count && /^[1-6]+$/.test(outcome);
    else if (kind === "beacon") right = right && outcome.length === count / 4 && /^[0-9a-f]+$/.test(outcome);
    else right = right && draws.length === count && draws.every((draw) => DRAW_PATTERNS[kind].test(draw));
    if (!right) refuse("公开随机数的写法不对：" + show(text));
    if (has(DRAWS, kind)) draws.forEach(checkAscending);
    hashes.forEach(function (hash, i) {
      if (sha256hex(parts[i + 1]) !== hash) refuse("公开随机数：第 " + (i + 1) + " 个参与方的数与其事先交存的校验码不符");
    });
    return text;
  }

  function public_list(record) {
    const targets = [];
    const rows = rowsOf(record, "targets");
    rows.forEach(function (row, i) {
      const path = "tables.targets[" + i + "]";
      if (!get(get(row, "internal", "object", path), "public", "boolean", path + ".internal")) return;
      const name = get(get(row, "identity", "object", path), "name", "text", path + ".identity");
      targets.push({ id: get(row, "id", "text", path), name: name });
    });
    return { targets: targets, unnamed: rows.length - targets.length };
  }

  // --- §10.5 what the protocol reads of a record ---

  const EVENT = {
    kind: "text", count: "integer", form: "text", "time?": "text", "custodians?": ["text"],
    "parties?": [{ name: "text", sha256: "hash" }], "keys?": [{ name: "text", key: "hash" }],
  };
  const INTERNAL = {
    items: { department: "word", categories: ["text"], specialities: ["word"], expert: "boolean" },
    officers: { kind: "person", department: "text", specialities: ["text"], authority: ["text"], recusals: ["text"], available: "boolean", cap: "cap" },
    targets: { category: "text", public: "boolean", frames: [{ task: "text", stratum: "text", size: "natural" }], "rotation?": ["text"] },
    tasks: { items: ["text"], strata: [{ stratum: "text", ratio: "text" }], team_size: "team", expert: "boolean" },
  };
  const rowShape = (table) => exact({ id: "id", identity: table === "targets" ? { id: "text", name: "text" } : { id: "text" }, internal: INTERNAL[table] });
  const TABLE_SHAPES = Object.fromEntries(TABLES.map((table) => [table, [rowShape(table)]]));
  const FROZEN = {
    round: "text", attempt: "positive", salt: "hash", ledger_head: "hash", event: EVENT, code: {},
    parameters: { slack: "natural", demonstration: "boolean", "official_draw?": "place", "team_mode?": "mode" },
    tables: exact(TABLE_SHAPES),
  };
  /** §4.3: a commitment object as others have it. */
  const COMMITTED = exact({
    protocol: "text", round: "text", attempt: "positive", demonstration: "boolean", "official_draw?": "platform",
    tables: exact(Object.fromEntries(TABLES.map((table) => [table, exact({ rows: "natural", root: "hash" })]))),
    public_list: "hash", parameters: "hash", salt: "hash", event: EVENT, code: {}, ledger_head: "hash",
  });

  /** §10.5: types, ranges, order of ids, and ids that must refer to a row. */
  function checkRecord(record) {
    requireShape(FROZEN, record, "");
    checkForm(record.event);
    for (const table of TABLES) {
      let before = null;
      record.tables[table].forEach(function (row, i) {
        const path = "tables." + table + "[" + i + "]";
        if (before !== null && compareText(before, row.id) >= 0) refuse(path + ".id：编号重复或未按顺序排列：" + row.id);
        same(row.id, row.identity.id, path + ".identity.id");
        before = row.id;
      });
    }
    const items = new Set(record.tables.items.map((row) => row.id));
    for (const { id, internal } of record.tables.tasks) {
      if (new Set(internal.strata.map((one) => one.stratum)).size < internal.strata.length) refuse("任务 " + id + " 有重复的抽取组");
      if (!internal.items.every((item) => items.has(item))) refuse("任务 " + id + " 有清单中没有的事项");
    }
  }

  function tableRoot(mac, table, rows, progress) {
    const leaves = rows.map(function (row, i) {
      if (i % 500 === 0) progress("计算封库校验码：" + table, i, rows.length);
      return rowLeaf(mac, table, row, "tables." + table + "[" + i + "]");
    });
    return { rows: rows.length, root: merkle_root(leaves) };
  }

  /** §4.3: the commitment object and its hash. */
  function commitment(record, progress) {
    checkRecord(record);
    const mac = recordMac(record), { round, attempt, parameters, event, code, ledger_head } = record;
    const roots = {};
    for (const table of TABLES) roots[table] = tableRoot(mac, table, record.tables[table], progress || (() => {}));
    const object = {
      protocol: PROTOCOL, round, attempt, event, code, ledger_head,
      demonstration: parameters.demonstration,
      tables: roots,
      public_list: sha256hex(canonical(public_list(record))),
      parameters: part_hash(mac("parameters," + round + ",internal"), parameters),
      salt: sha256hex(ssj.hexToBytes(record.salt)),
    };
    if (drawnElsewhere(parameters)) object.official_draw = PLATFORM;
    return { object: object, commitment: sha256hex(canonical(object)) };
  }

  // --- §5 seed and tickets ---

  const seed_of = (hash, text) => sha256hex(PROTOCOL + ",seed," + hash + "," + text);
  const ticket = (seed, purpose, id, ticketSalt) => sha256hex(seed + "," + purpose + "," + id + "," + ticketSalt);
  const ticket_number = (text) => parseInt(check(text, "hash", "签号").slice(0, 13), 16);
  const target_ticket = (record, seed, purpose, target) =>
    ticket(seed, purpose, target, recordMac(record)("targets," + target + ",ticket"));

  // --- §6 frames and selection ---

  function sample_size(ratio, count) {
    check(count, "natural", "数量");
    const match = typeof ratio === "string" ? /^([01])(?:\.([0-9]{1,9}))?$/.exec(ratio) : null;
    const digits = match ? match[2] || "" : "";
    const numerator = match ? BigInt(match[1] + digits) : 0n, denominator = 10n ** BigInt(digits.length);
    if (numerator <= 0n || numerator > denominator) refuse("ratio：应为大于 0、不大于 1 且至多 9 位小数的文字，记录为 " + show(ratio));
    return Number((numerator * BigInt(count) + denominator - 1n) / denominator);
  }

  /** §6.3 step 1 on units sorted by size, largest first: how many are certain, and the n and W that remain. */
  function takeCertain(units, n) {
    let W = units.reduce((sum, unit) => sum + BigInt(unit.size), 0n), first = 0;
    for (;;) {
      let next = first, size = 0n;
      const factor = BigInt(n - first);
      while (n > first && next < units.length && factor * BigInt(units[next].size) >= W) size += BigInt(units[next++].size);
      if (next === first) return { certain: first, n: BigInt(n - first), W: W };
      first = next;
      W -= size;
    }
  }

  const M = 1n << 52n;

  function sampleKey(unit, n, W) {
    const T = BigInt(ticket_number(unit.ticket)), share = n * BigInt(unit.size);
    return (M * T * (W - share)) / (share * (M - T));
  }

  const byTicket = (a, b) => (a.ticket < b.ticket ? -1 : a.ticket > b.ticket ? 1 : compareText(a.id, b.id));

  /** §6.3: ids of the certain units, and of those drawn, in drawing order. */
  function select(units, n) {
    check(n, "natural", "n");
    const live = units.filter((unit) => check(unit.size, "natural", "size") > 0).sort((a, b) => b.size - a.size);
    const taken = takeCertain(live, n), rest = live.slice(taken.certain);
    const certain = live.slice(0, taken.certain).map((unit) => unit.id).sort(compareText);
    const left = Number(taken.n);
    if (!left || !rest.length) return { certain: certain, by_ticket: [] };
    let order = rest;
    if (rest[0].size === rest[rest.length - 1].size) order.sort(byTicket); // equal sizes: the key ascends with the ticket
    else {
      const keyed = rest.map((unit) => ({ key: sampleKey(unit, taken.n, taken.W), unit: unit }));
      keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : byTicket(a.unit, b.unit)));
      order = keyed.map((entry) => entry.unit);
    }
    return { certain: certain, by_ticket: order.slice(0, left).map((unit) => unit.id) };
  }

  /** All strata of all tasks in the order of the record, and the same by task and stratum. */
  function readStrata(record) {
    const strata = [], byTask = new Map();
    for (const task of indexOf(record, "tasks").values()) {
      const own = new Map();
      get(task.internal, "strata", "list", task.path).forEach(function (entry, i) {
        const path = task.path + ".strata[" + i + "]";
        const stratum = get(entry, "stratum", "text", path);
        if (own.has(stratum)) refuse(path + ".stratum：抽取组重复：" + show(stratum));
        own.set(stratum, { task: task.id, stratum: stratum, ratio: get(entry, "ratio", "text", path), units: [] });
      });
      byTask.set(task.id, own);
      for (const entry of own.values()) strata.push(entry);
    }
    return { strata: strata, byTask: byTask };
  }

  function readFrames(target, byTask, unitOf) {
    const seen = new Set();
    get(target.internal, "frames", "list", target.path).forEach(function (frame, i) {
      const path = target.path + ".frames[" + i + "]";
      const task = get(frame, "task", "text", path), stratum = get(frame, "stratum", "text", path);
      const size = get(frame, "size", "natural", path);
      const entry = byTask.has(task) ? byTask.get(task).get(stratum) : undefined;
      if (!entry) refuse(path + "：没有抽查任务 " + show(task) + " 的抽取组 " + show(stratum));
      if (seen.has(task)) refuse(path + ".task：同一检查对象在一个任务中只能出现一次：" + show(task));
      seen.add(task);
      if (size > 0) entry.units.push({ id: target.id, size: size, ticket: unitOf() });
    });
  }

  /** §6: the result of every stratum. */
  function draw_targets(record, seed, progress) {
    const mac = recordMac(record), { strata, byTask } = readStrata(record);
    const targets = Array.from(indexOf(record, "targets").values());
    targets.forEach(function (target, i) {
      let own = null;
      readFrames(target, byTask, () => (own = own || ticket(seed, "target", target.id, mac("targets," + target.id + ",ticket"))));
      if (progress && i % 500 === 0) progress("计算签号", i, targets.length);
    });
    return strata.map(function (entry, i) {
      if (progress) progress("抽取", i, strata.length);
      const count = entry.units.length, n = sample_size(entry.ratio, count);
      return Object.assign({ task: entry.task, stratum: entry.stratum, count: count, n: n }, select(entry.units, n));
    });
  }

  /** Ids of an entry of `drawn`: as they were drawn, or of a draw made elsewhere (§7.1). */
  function drawn_ids(part, path) {
    if (has(check(part, "object", path || "drawn"), "external")) return texts(part, "external", path);
    return texts(part, "certain", path).concat(texts(part, "by_ticket", path));
  }

  /** §6.5: what `drawn` is in a round drawn elsewhere; `external`: task → ids in any order, nobody where a task is missing. */
  function external_parts(record, external) {
    if (!drawnElsewhere(get(record, "parameters", "object", ""))) refuse("本批次的检查对象不由省级平台抽取，不能用外部名单");
    check(external, "object", "外部名单");
    const tasks = indexOf(record, "tasks"), roster = indexOf(record, "targets");
    for (const task of Object.keys(external)) lookup(tasks, task, "tasks");
    return Array.from(tasks.keys(), function (task) {
      const own = has(external, task) ? texts(external, task, "外部名单") : [], ids = sorted(own);
      if (ids.length < own.length) refuse("外部名单." + task + "：有的编号重复");
      for (const id of ids) lookup(roster, id, "targets");
      return { task: task, external: ids };
    });
  }

  // --- §7 visits, seats ---

  function seatsOf(items, entries, size) {
    const departments = new Map();
    for (const id of items) {
      const entry = lookup(entries, id, "items");
      const department = get(entry.internal, "department", "word", entry.path);
      if (!departments.has(department)) departments.set(department, []);
      for (const special of texts(entry.internal, "specialities", entry.path, "word")) departments.get(department).push(special);
    }
    if (departments.size * size > LIMITS.seats) throw new LimitError("检查组人数 " + size + " 超出本程序的上限，未核验");
    const seats = [];
    for (const department of sorted(departments.keys())) {
      const special = sorted(departments.get(department));
      while (special.length < size) special.push("");
      for (const speciality of special) seats.push({ department: department, speciality: speciality });
    }
    return seats;
  }

  function expertSeatsOf(items, entries, taskExpert) {
    const special = [];
    for (const id of items) {
      const entry = lookup(entries, id, "items");
      if (!get(entry.internal, "expert", "boolean", entry.path)) continue;
      const own = texts(entry.internal, "specialities", entry.path, "word");
      for (const speciality of own.length ? own : [""]) special.push(speciality);
    }
    if (!special.length && taskExpert) special.push("");
    return sorted(special).map((speciality) => ({ department: "", speciality: speciality }));
  }

  /** The task's items that check targets of the category; kept in the task's entry for the next visit. */
  function taskItems(task, category, items) {
    if (!task.byCategory) task.byCategory = new Map();
    if (!task.byCategory.has(category)) {
      const chosen = texts(task.internal, "items", task.path).filter(function (id) {
        const entry = lookup(items, id, "items");
        return texts(entry.internal, "categories", entry.path).includes(category);
      });
      task.byCategory.set(category, sorted(chosen));
    }
    return task.byCategory.get(category);
  }

  /** §7.1, §7.2: the visit of one target; `tasks` and `items` as indexOf makes them. */
  function visit_of(target, category, taskIds, tasks, items) {
    let size = 2, taskExpert = false;
    const found = new Set();
    for (const id of taskIds) {
      const task = lookup(tasks, id, "tasks");
      size = Math.max(size, get(task.internal, "team_size", "integer", task.path));
      if (get(task.internal, "expert", "boolean", task.path)) taskExpert = true;
      for (const item of taskItems(task, category, items)) found.add(item);
    }
    if (!found.size) refuse("检查对象 " + target + " 没有可检查的事项");
    const ids = sorted(found);
    return {
      id: target,
      tasks: sorted(taskIds),
      items: ids,
      seats: seatsOf(ids, items, size),
      expert_seats: expertSeatsOf(ids, items, taskExpert),
    };
  }

  function visits_of(record, drawn, progress) {
    const tasksOf = new Map();
    check(drawn, "list", "drawn").forEach(function (entry, i) {
      const path = "drawn[" + i + "]", task = get(entry, "task", "text", path);
      for (const id of drawn_ids(entry, path)) {
        if (!tasksOf.has(id)) tasksOf.set(id, new Set());
        tasksOf.get(id).add(task);
      }
    });
    const targets = indexOf(record, "targets"), tasks = indexOf(record, "tasks"), items = indexOf(record, "items");
    let size = 0;
    return sorted(tasksOf.keys()).map(function (id, i) {
      if (progress && i % 100 === 0) progress("核对入企检查", i, tasksOf.size);
      const target = lookup(targets, id, "targets");
      const visit = visit_of(id, get(target.internal, "category", "text", target.path), sorted(tasksOf.get(id)), tasks, items);
      size += visit.items.length + visit.seats.length + visit.expert_seats.length;
      if (size > LIMITS.seats) throw new LimitError("事项和席位总数超出本程序的上限，未核验");
      return visit;
    });
  }

  Object.assign(ssj, {
    NotChecked, LimitError, LIMITS, EXTERNAL, drawnElsewhere, normalise_id, row_salt, part_hash, leaf, merkle_root, merkle_proof, root_from_proof,
    event_outcomes, event_form, check_event_text, public_list, commitment, seed_of, ticket, ticket_number, target_ticket,
    sample_size, select, draw_targets, drawn_ids, external_parts, visit_of, visits_of,
  });
  // what the scripts after this one need
  Object.assign(ssj.inner, { PROTOCOL, ZEROS, GROUPS, EVENT, FROZEN, COMMITTED, sorted, leafData, checkForm, checkKeys, recordMac, indexOf, lookup, byTicket });
})();
