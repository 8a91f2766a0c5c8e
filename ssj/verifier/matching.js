/* The protocol ssj/1, who goes on which visit: PROTOCOL.md §7.3 and §8.1 to §8.5.
   Plain script, after protocol.js, before groups.js (§8.7) and replacing.js (§8.6); adds to ssj: fits, match, draw, Infeasible. */
(function () {
  "use strict";
  const ssj = (globalThis.ssj = globalThis.ssj || {});
  const { ProtocolError, LimitError, LIMITS, compareText, ticket } = ssj;
  const { GROUPS, check, get, has, texts, show, refuse, sorted, recordMac, indexOf, lookup, byTicket } = ssj.inner;

  /** Where the seats of each purpose stand in a visit, and who sits on them in a record. */
  const SEATS = { officer: "seats", expert: "expert_seats" }, TEAMS = { officer: "officers", expert: "experts" };

  class Infeasible extends ProtocolError {
    constructor(seats, officers) {
      const names = seats.slice(0, 5).map((s) => s.visit + "（" + (s.department || "专家") + " " + s.speciality + "）");
      super("无法排齐检查组，缺人的席位：" + names.join("、") + (seats.length > 5 ? " 等" + seats.length + "个" : "") +
        "；可担任的人员：" + (officers.slice(0, 10).join("、") || "无") + (officers.length > 10 ? " 等" : ""));
      this.name = "Infeasible";
      this.seats = seats;
      this.officers = officers;
    }
  }

  // --- §7.3 who fits ---

  /** What matching reads of an officer, or null if the officer is not of the kind or not available. */
  function readPerson(row, kind) {
    const { id, internal, path } = row;
    if (get(internal, "kind", "text", path) !== kind) return null;
    if (!get(internal, "available", "boolean", path)) return null;
    return {
      id: id,
      kind: kind,
      department: get(internal, "department", "text", path),
      specialities: new Set(texts(internal, "specialities", path)),
      authority: new Set(texts(internal, "authority", path)),
      recusals: new Set(texts(internal, "recusals", path)),
      limit: get(internal, "cap", "cap", path),
    };
  }

  /** The visit's items that an officer needs authority for, to take the seat (§7.3). */
  function concerned(visitItems, seat, items) {
    return visitItems.filter(function (id) {
      const entry = lookup(items, id, "items");
      if (get(entry.internal, "department", "text", entry.path) !== seat.department) return false;
      return !seat.speciality || texts(entry.internal, "specialities", entry.path).includes(seat.speciality);
    });
  }

  function personFits(person, seat, concern) {
    if (seat.speciality && !person.specialities.has(seat.speciality)) return false;
    if (person.kind === "expert") return true;
    if (person.department !== seat.department) return false;
    if (!person.authority.size) return true;
    const permitted = (id) => person.authority.has(id);
    return seat.speciality ? concern.every(permitted) : concern.some(permitted);
  }

  /** §7.3 for one officer's row; a seat without department is an expert seat. */
  function fits(officer, seat, visit, items) {
    const kind = seat.department === "" ? "expert" : "officer";
    const person = readPerson({ id: officer.id, internal: officer.internal, path: "internal" }, kind);
    return person !== null && personFits(person, seat, kind === "expert" ? [] : concerned(visit.items, seat, items));
  }

  function tooLarge() {
    throw new LimitError("人员与席位数超出本程序的上限，未核验");
  }

  /** The flow of §8.1: seats filled by people, nobody over the cap nor twice in a visit, along augmenting paths. */
  class Flow {
    constructor(seats, people, visits) {
      Object.assign(this, { seats: seats, people: people });
      this.owner = new Int32Array(seats.length).fill(-1); // person in the seat
      this.settled = new Uint8Array(seats.length);
      this.load = new Int32Array(people.length); // seats held
      this.mine = people.map(() => new Set()); // the seats held
      this.held = new Int32Array(people.length * visits.length); // visit × person → seat + 1, or 0
      this.seen = new Uint8Array(seats.length); // marks of the search
      this.parent = new Int32Array(seats.length);
      this.met = new Uint8Array(people.length);
      this.cap = Float64Array.from(people, (person) => person.start);
      this.ids = sorted(visits.map((visit) => visit.id));
      const ranks = new Map(this.ids.map((id, rank) => [id, rank]));
      this.rank = visits.map((visit) => ranks.get(visit.id));
      this.steps = 0; // work done in all searches
    }
    /** Ids of the visits of the seats, sorted, each once. */
    visitsOf(seats) {
      const ranks = Int32Array.from(new Set(seats.map((s) => this.rank[this.seats[s].visit]))).sort();
      return Array.from(ranks, (rank) => this.ids[rank]);
    }
    /** The seat that p has in the visit, or -1. */
    holds(p, visit) {
      return this.held[visit * this.people.length + p] - 1;
    }
    put(s, p) {
      this.owner[s] = p;
      this.load[p]++;
      this.mine[p].add(s);
      this.held[this.seats[s].visit * this.people.length + p] = s + 1;
    }
    drop(s) {
      const p = this.owner[s];
      if (p < 0) return p;
      this.owner[s] = -1;
      this.load[p]--;
      this.mine[p].delete(s);
      this.held[this.seats[s].visit * this.people.length + p] = 0;
      return p;
    }
    /** Which seats can be the empty one, if those of `starts` are emptied? Ends early where somebody has room. */
    search(starts) {
      const { seats, held, load, cap, seen, met, settled, parent } = this, reached = [], asked = [], width = cap.length;
      const reach = (s, from) => {
        if (settled[s] || seen[s]) return;
        seen[s] = 1;
        parent[s] = from;
        reached.push(s);
      };
      for (const s of starts) reach(s, -1);
      for (let i = 0; i < reached.length; i++) {
        const s = reached[i], candidates = seats[s].candidates, row = seats[s].visit * width;
        if ((this.steps += candidates.length) > LIMITS.steps) tooLarge();
        for (let k = 0; k < candidates.length; k++) {
          const p = candidates[k], other = held[row + p] - 1;
          if (other >= 0) reach(other, s);
          else if (load[p] < cap[p]) return { reached: reached, met: asked, end: s, person: p };
          else if (!met[p]) {
            met[p] = 1;
            asked.push(p);
            for (const mine of this.mine[p]) reach(mine, s);
          }
        }
      }
      return { reached: reached, met: asked, end: -1, person: -1 };
    }
    forget(found) {
      for (const s of found.reached) this.seen[s] = 0;
      for (const p of found.met) this.met[p] = 0;
    }
    /** Search from `starts` and move everybody along the path found; `found.end` is -1 if there is none. */
    augment(starts) {
      const found = this.search(starts);
      let s = found.end, p = found.person;
      while (s >= 0) {
        const before = this.drop(s);
        this.put(s, p);
        s = this.parent[s];
        p = before;
      }
      return found;
    }
    /** Fill as many seats as possible. Marks of failed searches stay: nothing beyond them can ever be reached. */
    fill() {
      let empty = 0;
      for (let s = 0; s < this.seats.length; s++) {
        if (this.owner[s] >= 0) continue;
        const found = this.augment([s]);
        if (found.end >= 0) this.forget(found);
        else empty++;
      }
      return empty;
    }
    /** §8.1: raise caps until all seats are filled; §8.4 if they can't be. */
    complete() {
      while (this.fill() > 0) {
        const rising = this.people.filter((person, p) => this.met[p] && this.cap[p] < person.ceiling);
        if (!rising.length) this.fail();
        for (const person of rising) this.cap[person.number]++;
        this.seen.fill(0);
        this.met.fill(0);
      }
    }
    fail() {
      const short = this.seats.filter((seat, s) => this.seen[s]), officers = new Set();
      for (const seat of short) for (const p of seat.candidates) officers.add(this.people[p].id);
      throw new Infeasible(short.map((seat) => seat.name), sorted(officers));
    }
    /** §8.2: give seat s to p for good if the rest can still be filled; else undo, and return the seats of `short`. */
    settle(s, p) {
      const other = this.holds(p, this.seats[s].visit), before = this.drop(s);
      this.settled[s] = 1;
      if (before === p) return this.put(s, p), null;
      if (other >= 0) this.drop(other);
      this.put(s, p);
      if (other < 0 && this.load[p] <= this.cap[p]) return null;
      const found = this.augment(other < 0 ? this.mine[p] : [other]);
      this.forget(found);
      if (found.end >= 0) return null;
      this.drop(s);
      if (other >= 0) this.put(other, p);
      this.put(s, before);
      this.settled[s] = 0;
      return found.reached;
    }
  }

  function readVisits(visits, key) {
    const ids = new Set();
    return check(visits, "list", "visits").map(function (visit, i) {
      const path = "visits[" + i + "]", id = get(visit, "id", "text", path);
      if (ids.has(id)) refuse(path + ".id：检查对象重复：" + show(id));
      ids.add(id);
      const seats = get(visit, key, "list", path).map(function (seat, k) {
        const at = path + "." + key + "[" + k + "]";
        return { department: get(seat, "department", "text", at), speciality: get(seat, "speciality", "text", at) };
      });
      return { id: id, items: texts(visit, "items", path), seats: seats };
    });
  }

  /** Those of the pool who fit a seat of the visit, by "department speciality": lists in lot order (§8). */
  function lotsOf(visit, pool, purpose, items, mark) {
    const kinds = new Map(), lot = new Map();
    if (visit.seats.length * (visit.items.length + pool.length) > LIMITS.lots) tooLarge();
    for (const seat of visit.seats) {
      const key = JSON.stringify([seat.department, seat.speciality]);
      seat.key = key;
      if (kinds.has(key)) continue;
      const concern = purpose === "expert" ? [] : concerned(visit.items, seat, items);
      kinds.set(key, pool.filter((person) => personFits(person, seat, concern)));
      for (const person of kinds.get(key)) if (!lot.has(person)) lot.set(person, mark(person));
    }
    const order = Array.from(lot, ([person, own]) => ({ id: person.id, person: person, ticket: own })).sort(byTicket);
    order.forEach((entry, i) => (entry.person.place = i));
    for (const fitting of kinds.values()) fitting.sort((a, b) => a.place - b.place);
    return kinds;
  }

  /** The pool: who is of the kind and available, numbered (§8). */
  function poolOf(record, purpose) {
    const people = Array.from(indexOf(record, "officers").values(), (row) => readPerson(row, purpose));
    const pool = people.filter((person) => person !== null);
    pool.forEach((person, number) => (person.number = number));
    return pool;
  }

  /** What keeps a person from a visit, by the record alone: "recusal", "rotation" or "" (§8). */
  function barsOf(record) {
    const rotation = new Map(), tables = get(record, "tables", "object", "");
    for (const { id, internal, path } of has(tables, "targets") ? indexOf(record, "targets").values() : []) {
      if (has(internal, "rotation")) rotation.set(id, new Set(texts(internal, "rotation", path)));
    }
    return function (person, visit) {
      if (person.recusals.has(visit)) return "recusal";
      return rotation.has(visit) && rotation.get(visit).has(person.id) ? "rotation" : "";
    };
  }

  /** Seats in matching order with all in the lot who fit and the candidates, as numbers of people.
      `rules`: `bar(person, visit)` says why somebody is no candidate, or ""; `silent(person, visit)`, whether somebody is not in the lot. */
  function matchingSeats(record, seed, visits, purpose, pool, rules, progress) {
    if (visits.length * pool.length > LIMITS.lots) tooLarge();
    const mac = recordMac(record), items = indexOf(record, "items"), seats = [];
    for (const visit of visits) {
      visit.salt = mac("targets," + visit.id + ",ticket");
      visit.ticket = ticket(seed, "visit", visit.id, visit.salt);
    }
    visits.sort(byTicket).forEach(function (visit, v) {
      if (progress && v % 20 === 0) progress("排检查人员顺序", v, visits.length);
      const mark = (person) => ticket(seed, purpose, visit.id + "," + person.id, visit.salt);
      const lists = new Map();
      for (const [key, all] of lotsOf(visit, pool, purpose, items, mark)) {
        const fitting = all.filter((person) => !rules.silent(person, visit.id));
        const open = fitting.filter((person) => !rules.bar(person, visit.id));
        lists.set(key, [fitting, open].map((list) => Int32Array.from(list, (person) => person.number)));
      }
      for (const { department, speciality, key } of visit.seats) {
        const [fitting, candidates] = lists.get(key);
        seats.push({ visit: v, name: { visit: visit.id, department: department, speciality: speciality }, fitting: fitting, candidates: candidates });
      }
    });
    return seats;
  }

  /** §8.1: caps to start with, and ceilings; `seats` of all visits. */
  function setCaps(record, pool, seats, purpose) {
    const slack = get(get(record, "parameters", "object", ""), "slack", "natural", "parameters");
    const group = (department) => (purpose === "expert" ? "" : department);
    const count = (counts, key) => counts.set(key, (counts.get(key) || 0) + 1);
    const demand = new Map(), supply = new Map();
    for (const seat of seats) count(demand, group(seat.department));
    for (const person of pool) count(supply, group(person.department));
    for (const person of pool) {
      const key = group(person.department);
      person.ceiling = person.limit === null ? seats.length : person.limit;
      person.start = Math.min(Math.ceil((demand.get(key) || 0) / supply.get(key)) + slack, person.ceiling);
      person.load = 0; // seats that the person has already and keeps, §8.6
    }
  }

  /** §8.2, §8.3: settle one seat; adds to taken and skipped. */
  function settleSeat(flow, s, given, rules, result) {
    const seat = flow.seats[s];
    const skip = (person, reason, short) => result.skipped.push(Object.assign({ officer: person.id, reason: reason, short: short }, seat.name));
    for (const p of seat.fitting) {
      const person = flow.people[p], own = flow.holds(p, seat.visit), barred = rules.bar(person, seat.name.visit);
      if (own >= 0 && flow.settled[own]) continue;
      if (barred) skip(person, barred, []);
      else if (given[p] >= flow.cap[p]) skip(person, "cap", []);
      else {
        const short = flow.settle(s, p);
        if (short === null) {
          given[p]++;
          result.taken.push(Object.assign({ officer: person.id, choices: seat.candidates.length }, seat.name));
          return;
        }
        skip(person, "look_ahead", flow.visitsOf(short));
      }
    }
    throw new Error("matching lost a complete assignment"); // can't happen
  }

  /** §8.1 to §8.4: all seats settled, one after the other; caps and ceilings are those set in the pool. */
  function fillSeats(seats, pool, visits, rules, progress) {
    const flow = new Flow(seats, pool, visits), result = { taken: [], raised: [], skipped: [] };
    flow.complete();
    const given = new Int32Array(pool.length);
    for (let s = 0; s < seats.length; s++) {
      if (progress && s % 50 === 0) progress("指派检查组", s, seats.length);
      settleSeat(flow, s, given, rules, result);
    }
    for (const { id, number, start, load } of pool) {
      const cap = flow.cap[number];
      if (cap > start) result.raised.push({ officer: id, by: cap - start, cap: cap + load });
    }
    result.raised.sort((a, b) => compareText(a.officer, b.officer));
    return result;
  }

  /** §8: who takes which seat. `purpose` is "officer" or "expert". */
  function match(record, seed, visits, purpose, progress) {
    if (!has(SEATS, purpose)) refuse("purpose：" + show(purpose));
    const read = readVisits(visits, SEATS[purpose]), pool = poolOf(record, purpose);
    const rules = { bar: barsOf(record), silent: () => false };
    const seats = matchingSeats(record, seed, read, purpose, pool, rules, progress);
    const mode = get(record, "parameters", "object", "").team_mode;
    if (purpose === "officer" && mode === GROUPS) return ssj.inner.groupTeams(record, seed, seats, pool, read, rules);
    setCaps(record, pool, seats.map((seat) => seat.name), purpose);
    return fillSeats(seats, pool, read, rules, progress);
  }

  /** §5 to §8: all that a draw record adds to a frozen one; `external`: the targets drawn elsewhere (§6.5). */
  function draw(record, text, external, progress) {
    ssj.check_event_text(get(record, "event", "object", ""), text);
    const seed = ssj.seed_of(get(record, "commitment", "text", ""), text);
    const elsewhere = (external !== undefined && external !== null) || ssj.drawnElsewhere(get(record, "parameters", "object", ""));
    const drawn = elsewhere ? ssj.external_parts(record, external) : ssj.draw_targets(record, seed, progress);
    const visits = ssj.visits_of(record, drawn, progress);
    const officers = match(record, seed, visits, "officer", progress);
    return { seed: seed, drawn: drawn, visits: visits, officers: officers, experts: match(record, seed, visits, "expert", progress) };
  }

  Object.assign(ssj, { Infeasible, fits, match, draw });
  // what groups.js and replacing.js need
  Object.assign(ssj.inner, { SEATS, TEAMS, Flow, poolOf, barsOf, readVisits, matchingSeats, setCaps, fillSeats, tooLarge });
})();
