package main

import "sort"

// §8.1 to §8.5: matching.

// A staffing is all that matching reads: the pool, the visits in matching order, their lots.
type staffing struct {
	purpose  string // officer or expert
	seed     string
	salt     salter
	slack    int64
	pool     []officer
	index    map[string]int // of an officer in the pool
	items    map[string]item
	visits   []visit // in matching order
	rotation map[string]textSet
	seats    []seatIn // of the purpose, in matching order
}

type seatIn struct {
	visit int // index in visits
	seat
	fit []int // who fits, by lot
}

func (s *staffing) expert() bool { return s.purpose == "expert" }

func newStaffing(record *Object, visits []Value, seed, purpose string) *staffing {
	s := &staffing{purpose: purpose, seed: seed, salt: newSalter(record.text("salt", "记录")),
		slack: record.object("parameters", "记录").integer("slack", "参数", 0, maxInteger),
		items: itemsOf(record), index: map[string]int{}, rotation: map[string]textSet{}}
	for _, row := range rowsOf(record, "officers") {
		o := readOfficer(row)
		if o.available && o.kind == purpose {
			s.index[o.id] = len(s.pool)
			s.pool = append(s.pool, o)
		}
	}
	if record.object("tables", "记录").has("targets") {
		for _, row := range rowsOf(record, "targets") {
			id := row.text("id", "检查对象")
			if internal := row.object("internal", id); internal.has("rotation") {
				s.rotation[id] = setOf(internal.texts("rotation", id))
			}
		}
	}
	s.order(visits)
	s.makeSeats()
	return s
}

// order puts the visits in matching order: by their tickets.
func (s *staffing) order(visits []Value) {
	type ticketed struct {
		visit
		ticket string
	}
	all := make([]ticketed, len(visits))
	seen := map[string]bool{}
	for i, v := range visits {
		all[i].visit = readVisit(v)
		id := all[i].id
		if seen[id] {
			refuse("检查对象 %s 有两次入企检查", id)
		}
		seen[id] = true
		all[i].ticket = ticketOf(s.seed, "visit", id, s.ticketSalt(id))
	}
	sort.Slice(all, func(i, j int) bool {
		if all[i].ticket != all[j].ticket {
			return all[i].ticket < all[j].ticket
		}
		return all[i].id < all[j].id
	})
	for _, v := range all {
		s.visits = append(s.visits, v.visit)
	}
}

func (s *staffing) ticketSalt(target string) string {
	return s.salt.rowSalt("targets", target, "ticket")
}

func (s *staffing) seatsOf(v visit) []seat {
	if s.expert() {
		return v.expertSeats
	}
	return v.seats
}

func (s *staffing) makeSeats() {
	byDepartment := map[string][]int{}
	all := make([]int, len(s.pool))
	for i := range s.pool {
		all[i] = i
		byDepartment[s.pool[i].department] = append(byDepartment[s.pool[i].department], i)
	}
	for v, visit := range s.visits {
		lot := newLot(s, visit.id)
		known := map[seat][]int{}
		for _, st := range s.seatsOf(visit) {
			fit, ok := known[st]
			if !ok {
				who := all
				if !s.expert() {
					who = byDepartment[st.department]
				}
				for _, i := range who {
					if fits(&s.pool[i], st, s.expert(), visit.items, s.items) {
						fit = append(fit, i)
					}
				}
				lot.sort(fit)
				known[st] = fit
			}
			s.seats = append(s.seats, seatIn{v, st, fit})
		}
	}
}

// A lot holds the tickets of the pool for one visit, made as they are asked for.
type lot struct {
	s       *staffing
	target  string
	salt    string
	tickets map[int]string
}

func newLot(s *staffing, target string) *lot {
	return &lot{s: s, target: target, salt: s.ticketSalt(target), tickets: map[int]string{}}
}

func (l *lot) ticket(i int) string {
	t, ok := l.tickets[i]
	if !ok {
		t = ticketOf(l.s.seed, l.s.purpose, l.target+","+l.s.pool[i].id, l.salt)
		l.tickets[i] = t
	}
	return t
}

func (l *lot) sort(who []int) {
	for _, i := range who {
		l.ticket(i)
	}
	sort.Slice(who, func(i, j int) bool {
		a, b := l.tickets[who[i]], l.tickets[who[j]]
		if a != b {
			return a < b
		}
		return l.s.pool[who[i]].id < l.s.pool[who[j]].id
	})
}

// barred says why somebody who fits can't go to a target at all: recusal, rotation or nothing.
func (s *staffing) barred(target string, i int) string {
	if s.pool[i].recusals[target] {
		return "recusal"
	}
	if s.rotation[target][s.pool[i].id] {
		return "rotation"
	}
	return ""
}

// startCaps are the caps before any is raised, and the ceilings (§8.1).
func (s *staffing) startCaps() (caps, ceilings []int) {
	seats, people := map[string]int64{}, map[string]int64{}
	department := func(d string) string {
		if s.expert() {
			return ""
		}
		return d
	}
	total := int64(0)
	for _, v := range s.visits {
		for _, st := range s.seatsOf(v) {
			seats[department(st.department)]++
			total++
		}
	}
	for _, o := range s.pool {
		people[department(o.department)]++
	}
	for _, o := range s.pool {
		d := department(o.department)
		ceiling := total
		if o.cap >= 0 {
			ceiling = o.cap
		}
		caps = append(caps, int(startCap(seats[d], people[d], s.slack, ceiling)))
		ceilings = append(ceilings, int(ceiling))
	}
	return caps, ceilings
}

func startCap(a, b, slack, ceiling int64) int64 {
	c := (a+b-1)/b + slack
	if c > ceiling {
		return ceiling
	}
	return c
}

// hallSet is what the refusal of §8.4 names.
type hallSet struct {
	seats    []Value
	officers []string
}

// matchResult is {"taken", "raised", "skipped"} and, of groups, "groups".
type matchResult struct {
	taken, raised, skipped []Value
	groups                 Value
}

func (m *matchResult) value() *Object {
	o := object("taken", m.taken, "raised", m.raised, "skipped", m.skipped)
	if m.groups != nil {
		o.set("groups", m.groups)
	}
	return o
}

// seating fills seats by §8.2: all of them after a draw, vacated ones later (§8.6).
type seating struct {
	s        *staffing
	seats    []seatIn
	caps     []int // before any is raised here
	ceilings []int
	held     []int                         // seats that each has elsewhere and keeps
	outside  func(visit, officer int) bool // sits in the visit, in a seat that is not filled here
	barred   func(visit, officer int) string
}

func (g *seating) candidates(p int) []int {
	st := g.seats[p]
	var list []int
	for _, i := range st.fit {
		if g.barred(st.visit, i) == "" && !g.outside(st.visit, i) {
			list = append(list, i)
		}
	}
	return list
}

func (g *seating) run() *matchResult {
	places := len(g.seats)
	visitOfPlace, takers := make([]int, places), make([][]int, places)
	for p := range g.seats {
		visitOfPlace[p] = g.seats[p].visit
		takers[p] = g.candidates(p)
	}
	limit, ceiling := make([]int, len(g.caps)), make([]int, len(g.caps))
	for i := range g.caps {
		limit[i], ceiling[i] = g.caps[i]-g.held[i], g.ceilings[i]-g.held[i]
	}
	a := newAllotment(limit, ceiling, visitOfPlace, takers, len(g.s.visits))
	if hall := a.fillAll(); hall != nil {
		g.refuse(a, hall)
	}
	m := &matchResult{taken: []Value{}, raised: []Value{}, skipped: []Value{}}
	for p := range g.seats {
		g.settle(a, p, m)
	}
	for i := range g.caps {
		if now := limit[i] + g.held[i]; now > g.caps[i] {
			m.raised = append(m.raised, object("officer", g.s.pool[i].id,
				"by", int64(now-g.caps[i]), "cap", int64(now)))
		}
	}
	return m
}

func (g *seating) seatValue(p int, officer string) *Object {
	st := g.seats[p]
	return object("visit", g.s.visits[st.visit].id, "department", st.department,
		"speciality", st.speciality, "officer", officer)
}

func (g *seating) settle(a *allotment, p int, m *matchResult) {
	st := g.seats[p]
	for _, i := range st.fit {
		if g.outside(st.visit, i) {
			continue
		}
		if other := a.placeIn(st.visit, i); other != nobody && a.settled[other] {
			continue
		}
		id := g.s.pool[i].id
		reason, short := g.barred(st.visit, i), []Value{}
		if reason == "" && a.done[i] >= a.limit[i] {
			reason = "cap"
		}
		if reason == "" {
			ok, places := a.settle(p, i)
			if ok {
				taken := g.seatValue(p, id)
				taken.set("choices", int64(len(a.takers[p])))
				m.taken = append(m.taken, taken)
				return
			}
			reason, short = "look_ahead", g.s.visitsOfPlaces(a, places)
		}
		skipped := g.seatValue(p, id)
		skipped.set("reason", reason)
		skipped.set("short", short)
		m.skipped = append(m.skipped, skipped)
	}
	panic("a seat that can be filled was not")
}

func (s *staffing) visitsOfPlaces(a *allotment, places []int) []Value {
	ids := textSet{}
	for _, p := range places {
		ids[s.visits[a.visit[p]].id] = true
	}
	return textValues(ids.sorted())
}

func (g *seating) refuse(a *allotment, places []int) {
	sort.Ints(places)
	officers := textSet{}
	var hall hallSet
	hall.seats = []Value{}
	for _, p := range places {
		st := g.seats[p]
		hall.seats = append(hall.seats, object("visit", g.s.visits[st.visit].id,
			"department", st.department, "speciality", st.speciality))
		for _, i := range a.takers[p] {
			officers[g.s.pool[i].id] = true
		}
	}
	hall.officers = officers.sorted()
	panic(refusal{text: "席位配不齐人员", hall: &hall})
}

func sitsNowhere(int, int) bool { return false }

// match is `officers` or `experts` as they follow from the visits.
func match(record *Object, visits []Value, seed, purpose string) *matchResult {
	s := newStaffing(record, visits, seed, purpose)
	if purpose == "officer" && inGroups(record) {
		return s.matchGroups()
	}
	caps, ceilings := s.startCaps()
	g := &seating{s: s, seats: s.seats, caps: caps, ceilings: ceilings,
		held: make([]int, len(caps)), outside: sitsNowhere,
		barred: func(v, i int) string { return s.barred(s.visits[v].id, i) }}
	return g.run()
}

func inGroups(record *Object) bool {
	parameters := record.object("parameters", "记录")
	oneOf(parameters, "team_mode", "参数", "visits", "groups")
	v, _ := parameters.get("team_mode")
	return v == "groups"
}
