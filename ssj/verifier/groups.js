/* The protocol ssj/1, officers who go in groups (先组后户): PROTOCOL.md §8.7.
   Plain script, after matching.js, which calls it, before replacing.js; adds to ssj.inner: groupTeams. */
(function () {
  "use strict";
  const ssj = (globalThis.ssj = globalThis.ssj || {});
  const { LIMITS, compareText, ticket } = ssj;
  const { get, refuse, sorted, recordMac, byTicket, Flow, fillSeats, tooLarge } = ssj.inner;
  const MOST_CUTS = 1000; // ways to cut that are tried

  /** The parts in matching order: the seats of one department in one visit. */
  function partsOf(seats) {
    const parts = new Map();
    for (const seat of seats) {
      const { visit, department } = seat.name, key = JSON.stringify([visit, department]);
      if (!parts.has(key)) parts.set(key, { key: key, visit: seat.visit, id: visit, department: department, seats: [] });
      parts.get(key).seats.push(seat);
    }
    for (const part of parts.values()) part.shape = part.seats.map((seat) => seat.candidates.slice().sort().join()).join(";");
    return Array.from(parts.values());
  }

  /** The seats of a part as only these people may take them, each once. */
  function within(part, members) {
    const people = members.map((person, number) => Object.assign({}, person, { number: number, start: 1, ceiling: 1, load: 0 }));
    const places = new Map(members.map((person, number) => [person.number, number]));
    const own = (list) => Int32Array.from(list.filter((p) => places.has(p)), (p) => places.get(p));
    const seats = part.seats.map((seat) => ({ visit: 0, name: seat.name, fitting: own(seat.fitting), candidates: own(seat.candidates) }));
    return { seats: seats, people: people, visits: [{ id: part.id }] };
  }

  function canDo(part, members) {
    const { seats, people, visits } = within(part, members);
    return new Flow(seats, people, visits).fill() === 0;
  }

  /** Officers dealt out in the order of their tickets for this cut. */
  function cut(officers, count, purpose, seed) {
    const order = officers.map((person) => ({ id: person.id, person: person, ticket: ticket(seed, purpose, person.id, person.salt) })).sort(byTicket);
    const groups = Array.from({ length: count }, () => []);
    order.forEach((entry, place) => groups[place % count].push(entry.person));
    return groups.map(function (members, number) {
      const id = members.map((person) => person.id).sort(compareText).join("+");
      return { id: id, number: number, members: members, able: new Set(), load: 0 };
    });
  }

  /** Note in each group the parts that it can do; false as soon as a part has no group. Parts that the same people can fill are alike. */
  function judge(groups, parts) {
    const alike = new Map();
    for (const part of parts) {
      if (!alike.has(part.shape)) alike.set(part.shape, groups.filter((group) => canDo(part, group.members)));
      const able = alike.get(part.shape);
      if (!able.length) return false;
      for (const group of able) group.able.add(part.id);
    }
    return true;
  }

  /** §8.7, allotting: the parts of a department to its groups, as seats to officers; null if that is not possible. */
  function allot(record, seed, groups, parts, visits, rules) {
    const slack = get(get(record, "parameters", "object", ""), "slack", "natural", "parameters");
    for (const group of groups) {
      group.ceiling = Math.min(...group.members.map((person) => (person.limit === null ? parts.length : person.limit)));
      group.start = Math.min(Math.ceil(parts.length / groups.length) + slack, group.ceiling);
    }
    const seats = parts.map(function (part) {
      const salt = visits[part.visit].salt;
      const mark = (group) => ({ id: group.id, group: group, ticket: ticket(seed, "officer", part.id + "," + group.id, salt) });
      const lot = groups.map(mark).sort(byTicket), able = lot.filter((entry) => entry.group.able.has(part.id));
      const [fitting, candidates] = [lot, able].map((entries) => Int32Array.from(entries, (entry) => entry.group.number));
      return { visit: part.visit, name: { visit: part.id, department: part.department }, fitting: fitting, candidates: candidates };
    });
    try {
      return fillSeats(seats, groups, visits, rules);
    } catch (error) {
      if (error instanceof ssj.Infeasible) return null;
      throw error;
    }
  }

  const GROUP_RULES = { bar: (group, visit) => (group.able.has(visit) ? "" : "unable"), silent: () => false };

  /** The first cut of a department's officers with which all its parts can be allotted, and how they are. */
  function cutAndAllot(record, seed, department, pool, parts, visits) {
    const mac = recordMac(record), officers = pool.filter((person) => person.department === department && person.limit !== 0);
    for (const person of officers) person.salt = mac("officers," + person.id + ",ticket");
    const count = Math.floor(officers.length / Math.max(...parts.map((part) => part.seats.length)));
    if (!count) refuse("先组后户排不出来：" + department + " 的人员不够一组");
    const work = parts.reduce((sum, part) => sum + part.seats.length, 0) * officers.length; // of one cut, at most
    for (let k = 0; k < MOST_CUTS; k++) {
      if (k * work > LIMITS.steps) tooLarge();
      const groups = cut(officers, count, "group," + k, seed);
      const found = judge(groups, parts) ? allot(record, seed, groups, parts, visits, GROUP_RULES) : null;
      if (found) return { k: k, groups: groups, found: found };
    }
    return refuse("先组后户排不出来：" + department + " 试了 " + MOST_CUTS + " 种分组，都不能使各户有检查组可去");
  }

  function madeOf(department, { k, groups, found }) {
    const rises = new Map(found.raised.map((entry) => [entry.officer, entry.by]));
    return groups.sort((a, b) => compareText(a.id, b.id)).map(function (group) {
      const by = rises.get(group.id) || 0, members = sorted(group.members.map((person) => person.id));
      return { id: group.id, department: department, k: k, members: members, by: by, cap: group.start + by };
    });
  }

  /** A row about a group: what is called officer in matching is the group here. */
  function aboutGroup(row) {
    const { officer, ...others } = row;
    return Object.assign(others, { group: officer });
  }

  /** §8.7: who takes which seat, and the groups; seats, pool and visits as in match. */
  function groupTeams(record, seed, seats, pool, visits, rules) {
    const parts = partsOf(seats), order = new Map(parts.map((part, place) => [part.key, place]));
    const result = { taken: [], raised: [], skipped: [], groups: { made: [], allotted: [], skipped: [] } };
    for (const department of sorted(parts.map((part) => part.department))) {
      const own = parts.filter((part) => part.department === department), allotted = cutAndAllot(record, seed, department, pool, own, visits);
      const members = new Map(allotted.groups.map((group) => [group.id, group.members]));
      result.groups.made.push(...madeOf(department, allotted));
      result.groups.allotted.push(...allotted.found.taken.map(aboutGroup));
      result.groups.skipped.push(...allotted.found.skipped.map(aboutGroup));
      own.forEach(function (part, i) {
        const inside = within(part, members.get(allotted.found.taken[i].officer));
        const seated = fillSeats(inside.seats, inside.people, inside.visits, rules);
        seated.taken.forEach((entry, s) => (entry.choices = part.seats[s].candidates.length));
        result.taken.push(...seated.taken);
        result.skipped.push(...seated.skipped);
      });
    }
    const place = (row) => order.get(JSON.stringify([row.visit, row.department]));
    for (const rows of [result.taken, result.skipped, result.groups.allotted, result.groups.skipped]) rows.sort((a, b) => place(a) - place(b));
    return result;
  }

  Object.assign(ssj.inner, { groupTeams });
})();
