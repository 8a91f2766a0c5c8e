/* The protocol ssj/1, who goes instead of somebody after the draw: PROTOCOL.md §8.6.
   Plain script, after groups.js, before verify.js; adds to ssj: teams_now, replace. */
(function () {
  "use strict";
  const ssj = (globalThis.ssj = globalThis.ssj || {});
  const { check, get, has, texts, show, refuse, sorted, indexOf, lookup } = ssj.inner;
  const { SEATS, TEAMS, poolOf, barsOf, readVisits, matchingSeats, setCaps, fillSeats } = ssj.inner;

  /** The entries of a list `taken`, as they are. */
  function takenOf(part, path) {
    return get(part, "taken", "list", path).map(function (entry, i) {
      for (const key of ["visit", "department", "speciality", "officer"]) get(entry, key, "text", path + ".taken[" + i + "]");
      return entry;
    });
  }

  /** How much caps rose: list of [officer, by]. */
  function risesOf(part, path) {
    return get(part, "raised", "list", path).map(function (entry, i) {
      const at = path + ".raised[" + i + "]";
      return [get(entry, "officer", "text", at), get(entry, "by", "natural", at)];
    });
  }

  function amendmentsOf(record) {
    const list = has(record, "amendments") ? get(record, "amendments", "list", "") : [];
    return list.map(function (one, i) {
      const path = "amendments[" + i + "]";
      return {
        officer: get(one, "officer", "text", path),
        visits: new Set(texts(one, "visits", path)),
        all: get(one, "all", "boolean", path),
        taken: new Map(takenOf(one, path).map((entry) => [entry.visit, entry])),
        rises: risesOf(one, path),
      };
    });
  }

  /** One list `taken` after these amendments: their entries in the place of those that they vacated. */
  function takenNow(record, key, amendments) {
    let now = takenOf(get(record, key, "object", ""), key);
    for (const { officer, visits, taken } of amendments) {
      now = now.map((entry) => (entry.officer === officer && visits.has(entry.visit) && taken.get(entry.visit)) || entry);
    }
    return now;
  }

  /** Who sits where after all amendments. */
  function teams_now(record) {
    const amendments = amendmentsOf(record);
    return { officers: takenNow(record, "officers", amendments), experts: takenNow(record, "experts", amendments) };
  }

  function checkAsked(visits, whole) {
    check(whole, "boolean", "all");
    check(visits, "list", "visits").forEach((id, i) => check(id, "text", "visits[" + i + "]"));
    const ids = sorted(visits);
    if (!ids.length || ids.length < visits.length || ids.some((id, i) => id !== visits[i])) refuse("visits：应至少有一户，按编号排列且不重复");
  }

  /** Who is no candidate, and who sits in the visit already; `staying`: visit → officers who keep their seats there. */
  function rulesOf(record, officer, amendments, staying) {
    const bar = barsOf(record), gone = new Set([officer]), left = new Map();
    for (const one of amendments) {
      if (one.all) gone.add(one.officer);
      if (!left.has(one.officer)) left.set(one.officer, new Set());
      for (const visit of one.visits) left.get(one.officer).add(visit);
    }
    const amended = (id, visit) => gone.has(id) || (left.has(id) && left.get(id).has(visit));
    return {
      bar: (person, visit) => bar(person, visit) || (amended(person.id, visit) ? "amended" : ""),
      silent: (person, visit) => staying.has(visit) && staying.get(visit).has(person.id),
    };
  }

  /** Where teams were made as groups: members start from the group's cap, all others from 0 (§8.7). */
  function groupCaps(record, pool, byId) {
    const officers = get(record, "officers", "object", "");
    if (!has(officers, "groups")) return;
    for (const person of pool) person.start = 0;
    get(get(officers, "groups", "object", "officers"), "made", "list", "officers.groups").forEach(function (group, i) {
      const path = "officers.groups.made[" + i + "]", cap = get(group, "cap", "natural", path);
      for (const id of texts(group, "members", path)) if (byId.has(id)) byId.get(id).start = cap;
    });
  }

  /** Caps as the draw and the amendments left them, both caps and ceilings less the seats that each keeps. */
  function setRoom(record, purpose, pool, visits, amendments, kept) {
    setCaps(record, pool, visits.flatMap((visit) => visit.seats), purpose);
    const byId = new Map(pool.map((person) => [person.id, person]));
    if (purpose === "officer") groupCaps(record, pool, byId);
    const rises = risesOf(get(record, TEAMS[purpose], "object", ""), TEAMS[purpose]);
    for (const [id, by] of rises.concat(...amendments.map((one) => one.rises))) if (byId.has(id)) byId.get(id).start += by;
    for (const { officer } of kept) if (byId.has(officer)) byId.get(officer).load++;
    for (const person of pool) {
      person.start -= person.load;
      person.ceiling -= person.load;
    }
  }

  /** §8.6: who goes instead of `officer` to `visits`; `whole` is the amendment's `all`. */
  function replace(record, officer, visits, whole) {
    checkAsked(visits, whole);
    const { internal, path } = lookup(indexOf(record, "officers"), check(officer, "text", "officer"), "officers");
    const purpose = get(internal, "kind", "text", path);
    if (!has(SEATS, purpose)) refuse(officer + " 不是执法人员，也不是专家");
    const amendments = amendmentsOf(record), asked = new Set(visits), vacated = new Map(), kept = [], staying = new Map();
    for (const entry of takenNow(record, TEAMS[purpose], amendments)) {
      if (entry.officer === officer && asked.has(entry.visit)) vacated.set(entry.visit, entry);
      else {
        kept.push(entry);
        if (!staying.has(entry.visit)) staying.set(entry.visit, new Set());
        staying.get(entry.visit).add(entry.officer);
      }
    }
    const all = readVisits(get(record, "visits", "list", ""), SEATS[purpose]), pool = poolOf(record, purpose);
    const open = all.filter((visit) => vacated.has(visit.id));
    if (open.length < visits.length) refuse("visits：" + officer + " 现在不在其中有的检查组中：" + show(visits));
    setRoom(record, purpose, pool, all, amendments, kept);
    for (const visit of open) visit.seats = [vacated.get(visit.id)].map(({ department, speciality }) => ({ department, speciality }));
    const rules = rulesOf(record, officer, amendments, staying);
    const seats = matchingSeats(record, get(record, "seed", "text", ""), open, purpose, pool, rules);
    return fillSeats(seats, pool, open, rules);
  }

  Object.assign(ssj, { teams_now, replace });
})();
