/* The protocol ssj/1, several documents and banners: PROTOCOL.md §10.4, §10.7, §10.8.
   Plain script, after verify.js; adds to ssj: compare, attesting, banners, BANNERS. */
(function () {
  "use strict";
  const ssj = (globalThis.ssj = globalThis.ssj || {});
  const { NotChecked, EXTERNAL, canonical, kindOf, read_ledger } = ssj;
  const { ZEROS, refuse, has, isObject, problem, difference, step, top, declared, isSigned, ATTESTED } = ssj.inner;

  const AGREE = "各份文件互相一致", APART = "不是同一批次、同一次抽取的文件，不能互相对照";
  const LEAST_CUSTODIANS = 2;
  const own = (object, key) => (isObject(object) && has(object, key) ? object[key] : undefined);

  // --- what a public record shows of a draw record (§10.2) ---

  /** Visits of a draw or public record, each with its items and their names: a map by id, in order. */
  function itemsOf(document) {
    if (!has(document, "tables")) return new Map(document.visits.map((visit) => [visit.id, visit.items]));
    const names = new Map(document.tables.items.map((row) => [row.id, own(row.identity, "name")]));
    return new Map(document.visits.map((visit) => [visit.id, visit.items.map((id) => ({ id: id, name: names.get(id) }))]));
  }

  const amendmentsOf = (document) => (has(document, "amendments") ? document.amendments : []);

  /** `visits`, `unnamed_visits` and `amendments` after the first `count` amendments. */
  function publicView(record, count) {
    const amendments = amendmentsOf(record).slice(0, count), items = itemsOf(record), sent = new Map();
    const people = new Map(record.tables.officers.map((row) => [row.id, { name: own(row.identity, "name"), department: row.internal.department }]));
    const names = new Map(record.tables.targets.filter((row) => row.internal.public).map((row) => [row.id, row.identity.name]));
    const { officers, experts } = ssj.teams_now(Object.assign(Object.create(null), record, { amendments }));
    for (const { visit, officer } of officers.concat(experts)) sent.set(visit, (sent.get(visit) || new Set()).add(officer));
    const visits = [];
    for (const [id, checked] of items) {
      if (!names.has(id)) continue;
      visits.push({ id: id, name: names.get(id), items: checked, officers: ssj.sortedTexts(sent.get(id) || []).map((officer) => people.get(officer)) });
    }
    const changed = amendments.map((one) => ({ date: own(one, "date"), reason: own(one, "reason"), visits: one.visits.length }));
    return { visits: visits, unnamed_visits: items.size - visits.length, amendments: changed };
  }

  // --- §10.4: each comparison adds "" or what differs to `found`, once for each pair ---

  function equal(found, values, path) {
    for (const other of values.slice(1)) found.push(difference(values[0], other, path));
  }

  /** Each list must be the beginning of the next longer one. */
  function beginnings(found, lists, path) {
    const sorted = lists.slice().sort((a, b) => a.length - b.length);
    sorted.slice(1).forEach((longer, i) => found.push(difference(longer.slice(0, sorted[i].length), sorted[i], path)));
  }

  function heads(found, documents, ledgers) {
    const books = ledgers.map((text) => read_ledger(text).entries.map((entry) => entry.hash));
    beginnings(found, books, "留痕登记簿");
    const known = new Set([ZEROS].concat(...books));
    if (!books.length) return;
    for (const document of documents) {
      if (kindOf(document) === "attestation") continue;
      const head = top(document).ledger_head;
      found.push(known.has(head) ? "" : "ledger_head：登记簿中没有 " + head);
    }
  }

  const attemptOf = (document) => canonical([top(document).round, top(document).attempt]);

  function commitments(found, documents, groups) {
    const made = new Map();
    for (const document of documents) {
      const key = attemptOf(document);
      if (!made.has(key)) made.set(key, document.commitment);
      else found.push(made.get(key) === document.commitment ? "" : "commitment：同一次抽取有不止一个封库校验码");
    }
    for (const group of groups) {
      for (const signed of group.attestation) {
        for (const other of group.all.filter((one) => kindOf(one) !== "attestation")) {
          const { round, attempt, event } = top(other), keys = (event.keys || []).filter((one) => one.name === signed.custodian);
          const right = { round: round, attempt: attempt, key: keys.length ? keys[0].key : undefined };
          const said = { round: signed.round, attempt: signed.attempt, key: signed.key };
          found.push(difference(right, said, "attestation"));
        }
      }
    }
  }

  function events(found, group) {
    const after = group.draw.concat(group.public, group.receipt).map(function (document) {
      const shown = {};
      for (const key of ["text", "time", "place", "attestation"]) if (has(document.entropy, key)) shown[key] = document.entropy[key];
      return { seed: document.seed, entropy: shown };
    });
    equal(found, after, "");
  }

  const drawn = (found, group) => equal(found, group.draw.map((record) => record.drawn), "drawn");

  function visits(found, group) {
    equal(found, group.draw.map((record) => record.visits), "visits");
    const views = (group.public.length ? group.draw.slice(0, 1) : []).map((record) => publicView(record, 0)).concat(group.public);
    equal(found, views.map((view) => view.visits.map((visit) => Object.assign({}, visit, { officers: [] }))), "visits");
    equal(found, views.map((view) => view.unnamed_visits), "unnamed_visits");
    const told = new Map();
    for (const receipt of group.receipt) {
      const said = { drawn: receipt.drawn, items: receipt.items }, row = receipt.row.id;
      if (told.has(row)) found.push(difference(told.get(row), said, "一户核验单 " + row));
      told.set(row, said);
    }
    if (told.size) for (const list of group.draw.concat(group.public)) receiptsAgainst(found, told, list);
  }

  /** What receipts say, by row, against a draw or public record. */
  function receiptsAgainst(found, told, list) {
    const going = itemsOf(list), targets = has(list, "tables") ? list.tables.targets : list.public_list.targets;
    const ids = new Set(targets.map((target) => target.id)), hidden = { true: 0, false: 0 };
    for (const [row, said] of told) {
      if (ids.has(row)) found.push(difference({ drawn: going.has(row), items: going.get(row) || [] }, said, "一户核验单 " + row));
      else hidden[said.drawn]++;
    }
    if (!hidden.true && !hidden.false) return;
    const right = hidden.true <= list.unnamed_visits && hidden.false <= list.public_list.unnamed - list.unnamed_visits;
    found.push(right ? "" : "unnamed_visits：与不公开名称的对象的一户核验单不符");
  }

  function teams(found, group) {
    equal(found, group.draw.map((record) => ({ officers: record.officers, experts: record.experts })), "");
    beginnings(found, group.draw.map(amendmentsOf), "amendments");
    let views = group.public, last = null;
    if (group.draw.length && views.length) {
      last = group.draw.reduce((a, b) => (amendmentsOf(b).length > amendmentsOf(a).length ? b : a));
      const most = amendmentsOf(last).length, counts = new Set(views.map((view) => view.amendments.length).filter((count) => count < most)).add(most);
      views = Array.from(counts, (count) => publicView(last, count)).concat(views);
    }
    beginnings(found, views.map((view) => view.amendments), "amendments");
    const byCount = new Map();
    for (const view of views) byCount.set(view.amendments.length, (byCount.get(view.amendments.length) || []).concat([view.visits]));
    for (const several of byCount.values()) equal(found, several, "visits");
    const known = group.public.filter((view) => has(view, "checks")).map((view) => view.checks);
    if (known.length && last) known.push(ssj.checks_of(last));
    beginnings(found, known, "checks");
  }

  /** §10.4: do documents and ledgers, each of which holds by itself, agree with each other? A step that is not comparable has `apart`. */
  function compare(documents, ledgers) {
    const steps = [], byCommitment = new Map(), attempts = new Set(documents.map(attemptOf));
    for (const document of documents) {
      const hash = document.commitment;
      if (!byCommitment.has(hash)) byCommitment.set(hash, { all: [], draw: [], frozen: [], notice: [], public: [], receipt: [], attestation: [] });
      byCommitment.get(hash)[kindOf(document)].push(document);
      byCommitment.get(hash).all.push(document);
    }
    const groups = Array.from(byCommitment.values());
    const together = function (number, work) {
      let apart = false;
      step(steps, number, AGREE, function () {
        const found = [];
        work(found);
        const wrong = found.find((one) => one !== "");
        if (wrong) refuse(wrong);
        apart = number !== 1 && attempts.size > 1;
        if (apart) throw new NotChecked(APART);
        if (!found.length) throw new NotChecked("没有可以互相对照的内容");
      });
      steps[steps.length - 1].apart = apart;
    };
    const each = (work) => (found) => groups.forEach((group) => work(found, group));
    together(1, (found) => heads(found, documents, ledgers || []));
    together(3, (found) => commitments(found, documents, groups));
    [[4, events], [5, drawn], [6, visits], [7, teams]].forEach(([number, work]) => together(number, each(work)));
    return steps;
  }

  // --- §10.7 banners, §10.8 who attests ---

  const BANNERS = {
    voided: "本次抽取已作废：留痕登记簿载明，这些文件不是本批次的结果",
    demonstration: "演示批次：样例数据，公开随机数在封库前已知，不作执法依据",
    elsewhere: EXTERNAL,
    beacon: "公开信标的原始记录照录于档案，其签名未经核验",
    uniqueness: "唯一性未证实：没有两名以上保管人证明本批次本次只收到这一个封库校验码",
    typed: "唯一性只有文字证明：没有两名以上保管人用公告的公钥签名证明",
  };
  const TIME = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):([0-5]\d):([0-5]\d)(?:\.(\d{1,6}))?(?:Z|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

  /** The moment that a text of the form of §10.8 names, in microseconds; null if it names none. */
  function moment(text) {
    const parts = TIME.exec(text);
    if (!parts) return null;
    const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number);
    const date = new Date(0);
    date.setUTCFullYear(year, month - 1, day);
    if (year < 1 || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
    const offset = parts[8] ? (parts[8] === "-" ? -1 : 1) * (60 * Number(parts[9]) + Number(parts[10])) : 0;
    const seconds = date.getTime() / 1000 + 3600 * hour + 60 * (minute - offset) + second;
    return BigInt(seconds) * 1000000n + BigInt((parts[7] || "").padEnd(6, "0"));
  }

  /** §10.8: the attestations that count; never throws. */
  function attesting(document) {
    const from = top(document);
    if (problem({ commitment: "text", entropy: { attestation: "list" } }, document, "")) return [];
    if (problem({ event: { time: "text", custodians: ["text"] } }, from, "")) return [];
    const { event } = from, time = moment(event.time), first16 = document.commitment.slice(0, 16);
    return document.entropy.attestation.filter(function (one) {
      if (problem(ATTESTED, one, "") || !one.only || one.first16 !== first16 || !event.custodians.includes(one.custodian)) return false;
      const received = moment(one.received);
      if (received === null || time === null || received >= time) return false;
      return !has(one, "signature") || isSigned(document, one);
    });
  }

  /** The banner that says how little proves that a commitment is the only one; "" if none has to. */
  function unproven(document) {
    const counted = attesting(document), people = (list) => new Set(list.map((one) => one.custodian)).size;
    if (people(counted) < LEAST_CUSTODIANS) return "uniqueness";
    return people(counted.filter((one) => has(one, "signature"))) < LEAST_CUSTODIANS ? "typed" : "";
  }

  /** Whether a ledger that holds ends the attempt that stands in `from`. */
  function isVoided(from, ledgers) {
    const attempt = { round: "text", attempt: "positive" };
    if (problem(attempt, from, "")) return false;
    return ledgers.some((text) => read_ledger(text).entries.some((entry) => !problem(Object.assign({ stage: "text" }, attempt), entry, "") &&
      entry.round === from.round && entry.attempt === from.attempt && /^[0-9]{2,}-void$/.test(entry.stage)));
  }

  /** §10.7: names of the banners that a document needs, each unless the document shows that it doesn't; `ledgers`: texts that hold. Never throws. */
  function banners(document, ledgers) {
    const kind = kindOf(document), from = top(document), says = declared(document), after = ["draw", "public", "receipt"].includes(kind);
    const event = own(from, "event"), source = own(event, "kind"), missing = after ? unproven(document) : "";
    const shown = {
      voided: isVoided(from, ledgers || []),
      demonstration: kind !== "attestation" && own(says, "demonstration") !== false,
      elsewhere: kind !== "attestation" && !(isObject(says) && (!has(says, "official_draw") || says.official_draw === "here")),
      beacon: after && !(typeof source === "string" && source !== "beacon"),
    };
    return Object.keys(BANNERS).filter((name) => shown[name] || name === missing);
  }

  Object.assign(ssj.inner, { isVoided });
  Object.assign(ssj, { compare, attesting, banners, BANNERS });
})();
