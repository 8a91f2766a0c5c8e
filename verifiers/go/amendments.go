package main

// §8.6: replacements.

// An amendment is what is read of one.
type amendment struct {
	officer string
	visits  []string
	all     bool
	result  *Object // taken, raised, skipped as recorded
}

func readAmendment(v Value) amendment {
	o := asObject(v, "抽后调整")
	a := amendment{officer: o.text("officer", "抽后调整"), visits: o.texts("visits", "抽后调整"),
		all: o.boolean("all", "抽后调整"), result: o}
	return a
}

func amendmentsOf(record *Object) []Value {
	if !record.has("amendments") {
		return nil
	}
	return record.list("amendments", "记录")
}

// A state is who sits where, and what the amendments so far have done.
type state struct {
	taken map[string][]Value // of officer and of expert
	off   map[string]textSet // of a visit: who was taken off it
	gone  textSet            // who takes no further seat
	rises map[string]int64   // of an officer, by amendments
}

func drawState(record *Object) *state {
	s := &state{taken: map[string][]Value{}, off: map[string]textSet{}, gone: textSet{},
		rises: map[string]int64{}}
	for purpose, field := range map[string]string{"officer": "officers", "expert": "experts"} {
		list := record.object(field, "记录").list("taken", field)
		s.taken[purpose] = append([]Value{}, list...)
	}
	return s
}

// vacated are the places in `taken` of the seats that an officer has in visits.
func (s *state) vacated(purpose, officer string, visits textSet) []int {
	var places []int
	for i, v := range s.taken[purpose] {
		entry := asObject(v, "taken 各项")
		if entry.text("officer", "taken") == officer && visits[entry.text("visit", "taken")] {
			places = append(places, i)
		}
	}
	return places
}

// apply goes on to the state after an amendment, as recorded.
func (s *state) apply(a amendment, purpose string) {
	vacated := s.vacated(purpose, a.officer, setOf(a.visits))
	taken := a.result.list("taken", "抽后调整")
	if len(taken) != len(vacated) {
		refuse("抽后调整补上的席位数与空出的不同")
	}
	for i, place := range vacated {
		s.taken[purpose][place] = asObject(taken[i], "taken 各项")
	}
	for _, v := range a.visits {
		if s.off[v] == nil {
			s.off[v] = textSet{}
		}
		s.off[v][a.officer] = true
	}
	if a.all {
		s.gone[a.officer] = true
	}
	for _, v := range a.result.list("raised", "抽后调整") {
		o := asObject(v, "raised 各项")
		s.rises[o.text("officer", "raised")] += o.integer("by", "raised", 0, maxInteger)
	}
}

// kindOf is the kind of an officer in the table.
func kindOf(record *Object, id string) string {
	for _, row := range rowsOf(record, "officers") {
		if row.text("id", "执法检查人员") == id {
			return row.object("internal", id).text("kind", id)
		}
	}
	refuse("名录库中没有执法检查人员 %s", id)
	return ""
}

// stateBefore is the state that the draw and the first n amendments leave.
func stateBefore(record *Object, n int) *state {
	s := drawState(record)
	for _, v := range amendmentsOf(record)[:n] {
		a := readAmendment(v)
		s.apply(a, kindOf(record, a.officer))
	}
	return s
}

// teamsNow is who goes after all amendments.
func teamsNow(record *Object) *Object {
	s := stateBefore(record, len(amendmentsOf(record)))
	return object("officers", s.taken["officer"], "experts", s.taken["expert"])
}

// replace derives who goes instead (§8.6).
func replace(record *Object, s *state, a amendment) *matchResult {
	purpose := kindOf(record, a.officer)
	if len(a.visits) == 0 {
		refuse("抽后调整未列任何入企检查")
	}
	for i, v := range a.visits {
		if i > 0 && v <= a.visits[i-1] {
			refuse("抽后调整的入企检查应升序且不重复")
		}
		if len(s.vacated(purpose, a.officer, textSet{v: true})) == 0 {
			refuse("%s 在 %s 没有席位", a.officer, v)
		}
	}
	staff := newStaffing(record, record.list("visits", "记录"), record.text("seed", "记录"), purpose)
	visitIndex := map[string]int{}
	for i, v := range staff.visits {
		visitIndex[v.id] = i
	}
	vacated := s.vacated(purpose, a.officer, setOf(a.visits))
	isVacated := map[int]bool{}
	for _, place := range vacated {
		isVacated[place] = true
	}
	held := make([]int, len(staff.pool))
	sits := map[[2]int]bool{}
	g := &seating{s: staff, held: held}
	for place, v := range s.taken[purpose] {
		entry := v.(*Object)
		vi, ok := visitIndex[entry.text("visit", "taken")]
		if !ok {
			refuse("没有对 %s 的入企检查", entry.text("visit", "taken"))
		}
		if isVacated[place] {
			st := seat{entry.text("department", "taken"), entry.text("speciality", "taken")}
			g.seats = append(g.seats, seatIn{vi, st, staff.whoFits(vi, st)})
			continue
		}
		if i, ok := staff.index[entry.text("officer", "taken")]; ok {
			held[i]++
			sits[[2]int{vi, i}] = true
		}
	}
	g.outside = func(v, i int) bool { return sits[[2]int{v, i}] }
	g.barred = func(v, i int) string {
		visit, id := staff.visits[v].id, staff.pool[i].id
		if why := staff.barred(visit, i); why != "" {
			return why
		}
		if id == a.officer || s.off[visit][id] || s.gone[id] {
			return "amended"
		}
		return ""
	}
	g.caps, g.ceilings = staff.capsNow(record, s)
	return g.run()
}

func (s *staffing) whoFits(v int, st seat) []int {
	var fit []int
	for i := range s.pool {
		if fits(&s.pool[i], st, s.expert(), s.visits[v].items, s.items) {
			fit = append(fit, i)
		}
	}
	newLot(s, s.visits[v].id).sort(fit)
	return fit
}

// capsNow are the caps that the draw and the amendments so far have left.
func (s *staffing) capsNow(record *Object, st *state) (caps, ceilings []int) {
	caps, ceilings = s.startCaps()
	field := "officers"
	if s.expert() {
		field = "experts"
	}
	result := record.object(field, "记录")
	if !s.expert() && inGroups(record) {
		for i := range caps {
			caps[i] = 0
		}
		for _, v := range result.object("groups", field).list("made", "groups") {
			made := asObject(v, "made 各项")
			most := made.integer("cap", "made", 0, maxInteger)
			for _, id := range made.texts("members", "made") {
				if i, ok := s.index[id]; ok {
					caps[i] = int(most)
				}
			}
		}
	} else {
		for _, v := range result.list("raised", field) {
			o := asObject(v, "raised 各项")
			if i, ok := s.index[o.text("officer", "raised")]; ok {
				caps[i] += int(o.integer("by", "raised", 0, maxInteger))
			}
		}
	}
	for id, by := range st.rises {
		if i, ok := s.index[id]; ok {
			caps[i] += int(by)
		}
	}
	return caps, ceilings
}

// checkAmendments refuses amendments that don't follow from what is recorded before them.
func checkAmendments(record *Object) {
	s := drawState(record)
	for n, v := range amendmentsOf(record) {
		a := readAmendment(v)
		m := replace(record, s, a)
		for _, field := range []struct {
			name  string
			value []Value
		}{{"taken", m.taken}, {"raised", m.raised}, {"skipped", m.skipped}} {
			if !equal(a.result.need(field.name, "抽后调整"), field.value) {
				refuse("第 %d 项抽后调整的 %s 不是应得的结果", n+1, field.name)
			}
		}
		s.apply(a, kindOf(record, a.officer))
	}
}
