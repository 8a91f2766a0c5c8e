package main

import "sort"

// §7: visits, seats, eligibility.

type item struct {
	categories, specialities []string
	department               string
	expert                   bool
}

func readItem(internal *Object, where string) item {
	it := item{
		categories:   internal.texts("categories", where),
		specialities: internal.texts("specialities", where),
		department:   internal.text("department", where),
		expert:       internal.boolean("expert", where),
	}
	nonEmpty(it.department, where)
	for _, s := range it.specialities {
		nonEmpty(s, where)
	}
	return it
}

type task struct {
	items    []string
	teamSize int64
	expert   bool
}

func readTask(internal *Object, where string) task {
	return task{internal.texts("items", where), internal.integer("team_size", where, 0, 100),
		internal.boolean("expert", where)}
}

func itemsOf(record *Object) map[string]item {
	items := map[string]item{}
	for _, row := range rowsOf(record, "items") {
		id := row.text("id", "事项")
		items[id] = readItem(row.object("internal", id), id)
	}
	return items
}

type seat struct{ department, speciality string }

func (s seat) value() Value {
	return object("department", s.department, "speciality", s.speciality)
}

type textSet map[string]bool

func (s textSet) sorted() []string {
	list := make([]string, 0, len(s))
	for t := range s {
		list = append(list, t)
	}
	sort.Strings(list)
	return list
}

// visitOf makes the visit to a target (§7.1, §7.2).
func visitOf(target, category string, taskIDs []string, tasks map[string]task, items map[string]item) *Object {
	ids := textSet{}
	size, byTask := int64(2), false
	for _, id := range taskIDs {
		t, ok := tasks[id]
		if !ok {
			refuse("没有任务 %s", id)
		}
		if t.teamSize > size {
			size = t.teamSize
		}
		byTask = byTask || t.expert
		for _, i := range t.items {
			it, ok := items[i]
			if !ok {
				refuse("没有事项 %s", i)
			}
			if contains(it.categories, category) {
				ids[i] = true
			}
		}
	}
	if len(ids) == 0 {
		refuse("检查对象 %s 没有可查的事项", target)
	}
	departments := map[string]textSet{}
	experts := textSet{}
	for id := range ids {
		it := items[id]
		if departments[it.department] == nil {
			departments[it.department] = textSet{}
		}
		for _, s := range it.specialities {
			departments[it.department][s] = true
			if it.expert {
				experts[s] = true
			}
		}
		if it.expert && len(it.specialities) == 0 {
			experts[""] = true
		}
	}
	if len(experts) == 0 && byTask {
		experts[""] = true
	}
	names := textSet{}
	for d := range departments {
		names[d] = true
	}
	seats, expertSeats := []Value{}, []Value{}
	for _, d := range names.sorted() {
		special := departments[d].sorted()
		for _, s := range special {
			seats = append(seats, seat{d, s}.value())
		}
		for n := int64(len(special)); n < size; n++ {
			seats = append(seats, seat{d, ""}.value())
		}
	}
	for _, s := range experts.sorted() {
		expertSeats = append(expertSeats, seat{"", s}.value())
	}
	sorted := append([]string{}, taskIDs...)
	sort.Strings(sorted)
	return object("id", target, "tasks", textValues(sorted), "items", textValues(ids.sorted()),
		"seats", seats, "expert_seats", expertSeats)
}

func contains(list []string, s string) bool {
	for _, t := range list {
		if t == s {
			return true
		}
	}
	return false
}

// drawnIDs are the targets of an entry of `drawn`.
func drawnIDs(v Value) []string {
	entry := asObject(v, "drawn 各项")
	if entry.has("external") {
		return entry.texts("external", "drawn")
	}
	return append(entry.texts("certain", "drawn"), entry.texts("by_ticket", "drawn")...)
}

// visitsOf is `visits` as it follows from `drawn`.
func visitsOf(record *Object, drawn []Value) []Value {
	items := itemsOf(record)
	tasks := map[string]task{}
	for _, row := range rowsOf(record, "tasks") {
		id := row.text("id", "抽查任务")
		tasks[id] = readTask(row.object("internal", id), id)
	}
	category := map[string]string{}
	for _, row := range rowsOf(record, "targets") {
		id := row.text("id", "检查对象")
		category[id] = row.object("internal", id).text("category", id)
	}
	by := map[string]textSet{}
	targets := textSet{}
	for _, v := range drawn {
		t := asObject(v, "drawn 各项").text("task", "drawn")
		if _, ok := tasks[t]; !ok {
			refuse("没有任务 %s", t)
		}
		for _, id := range drawnIDs(v) {
			if _, ok := category[id]; !ok {
				refuse("名录库中没有检查对象 %s", id)
			}
			if by[id] == nil {
				by[id] = textSet{}
			}
			by[id][t] = true
			targets[id] = true
		}
	}
	visits := []Value{}
	for _, id := range targets.sorted() {
		visits = append(visits, visitOf(id, category[id], by[id].sorted(), tasks, items))
	}
	return visits
}

// officer is what matching reads of a row of `officers`.
type officer struct {
	id, kind, department string
	available            bool
	specialities         textSet
	authority, recusals  textSet
	cap                  int64 // -1: none of their own
}

func setOf(texts []string) textSet {
	s := textSet{}
	for _, t := range texts {
		s[t] = true
	}
	return s
}

func readOfficer(row *Object) officer {
	id := row.text("id", "执法检查人员")
	internal := row.object("internal", id)
	o := officer{
		id: id, kind: internal.text("kind", id), department: internal.text("department", id),
		available:    internal.boolean("available", id),
		specialities: setOf(internal.texts("specialities", id)),
		authority:    setOf(internal.texts("authority", id)),
		recusals:     setOf(internal.texts("recusals", id)),
		cap:          -1,
	}
	if v := internal.need("cap", id); v != nil {
		o.cap = asInt(v, id+" cap ", 0, maxInteger)
	}
	return o
}

// visit is what matching reads of one.
type visit struct {
	id          string
	items       []string
	seats       []seat
	expertSeats []seat
}

func readSeats(list []Value) []seat {
	seats := make([]seat, len(list))
	for i, v := range list {
		o := asObject(v, "席位")
		seats[i] = seat{o.text("department", "席位"), o.text("speciality", "席位")}
	}
	return seats
}

func readVisit(v Value) visit {
	o := asObject(v, "入企检查")
	return visit{o.text("id", "入企检查"), o.texts("items", "入企检查"),
		readSeats(o.list("seats", "入企检查")), readSeats(o.list("expert_seats", "入企检查"))}
}

// fits tells whether an officer fits a seat (§7.3). expertSeat says which of the two kinds it is.
func fits(o *officer, s seat, expertSeat bool, visitItems []string, items map[string]item) bool {
	if !o.available || s.speciality != "" && !o.specialities[s.speciality] {
		return false
	}
	if expertSeat {
		return o.kind == "expert"
	}
	if o.kind != "officer" || o.department != s.department {
		return false
	}
	if len(o.authority) == 0 {
		return true
	}
	some := false
	for _, id := range visitItems {
		it, ok := items[id]
		if !ok {
			refuse("没有事项 %s", id)
		}
		if it.department != s.department {
			continue
		}
		has := o.authority[id]
		some = some || has
		if s.speciality != "" && contains(it.specialities, s.speciality) && !has {
			return false
		}
	}
	return some || s.speciality != ""
}
