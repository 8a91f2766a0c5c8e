package main

import (
	"sort"
	"strconv"
	"strings"
)

// §8.7: groups.

const maxCuts = 1000

// A part is the seats of one department in one visit.
type part struct {
	visit      int
	department string
	seats      []int // indices in staffing.seats
}

type group struct {
	id      string
	members []int
	ceiling int
}

// matchGroups is `officers` where teams are made as groups.
func (s *staffing) matchGroups() *matchResult {
	parts := s.parts()
	byDepartment := map[string][]int{}
	names := textSet{}
	for i, p := range parts {
		byDepartment[p.department] = append(byDepartment[p.department], i)
		names[p.department] = true
	}
	made := []Value{}
	allotted := make([]Value, len(parts))
	skippedOf := make([][]Value, len(parts))
	groupOf := make([]group, len(parts))
	for _, d := range names.sorted() {
		cut := s.cut(d, parts, byDepartment[d])
		made = append(made, cut.allot(allotted, skippedOf, groupOf)...)
	}
	m := &matchResult{taken: []Value{}, raised: []Value{}, skipped: []Value{}}
	skipped := []Value{}
	takenOf := make([]Value, len(s.seats))
	for i, p := range parts {
		skipped = append(skipped, skippedOf[i]...)
		s.seatPart(p, groupOf[i], takenOf, m)
	}
	m.taken = append(m.taken, takenOf...)
	m.groups = object("made", made, "allotted", allotted, "skipped", skipped)
	return m
}

// parts are those of the visits in matching order, in a visit by department.
func (s *staffing) parts() []part {
	var parts []part
	for start := 0; start < len(s.seats); {
		v := s.seats[start].visit
		by := map[string][]int{}
		names := textSet{}
		end := start
		for ; end < len(s.seats) && s.seats[end].visit == v; end++ {
			d := s.seats[end].department
			by[d] = append(by[d], end)
			names[d] = true
		}
		for _, d := range names.sorted() {
			parts = append(parts, part{v, d, by[d]})
		}
		start = end
	}
	return parts
}

// A cut is how the officers of a department are cut into groups, and what each group can do.
type cut struct {
	s      *staffing
	parts  []part
	mine   []int // the parts of this department
	k      int
	groups []group
	can    [][]int // of a part: the groups that can do it
}

func (s *staffing) cut(department string, parts []part, mine []int) *cut {
	size := 0
	for _, i := range mine {
		if n := len(parts[i].seats); n > size {
			size = n
		}
	}
	var who []int
	for i, o := range s.pool {
		if o.department == department && o.cap != 0 {
			who = append(who, i)
		}
	}
	count := len(who) / size
	if count == 0 {
		refuse("部门 %s 的人员不够编一个组", department)
	}
	for k := 0; k < maxCuts; k++ {
		c := &cut{s: s, parts: parts, mine: mine, k: k}
		c.deal(who, count)
		if c.possible() {
			return c
		}
	}
	refuse("部门 %s 编组 %d 次都分派不开", department, maxCuts)
	return nil
}

func (c *cut) deal(who []int, count int) {
	s := c.s
	tickets := map[int]string{}
	purpose := "group," + strconv.Itoa(c.k)
	for _, i := range who {
		id := s.pool[i].id
		tickets[i] = ticketOf(s.seed, purpose, id, s.salt.rowSalt("officers", id, "ticket"))
	}
	order := append([]int{}, who...)
	sort.Slice(order, func(i, j int) bool {
		if a, b := tickets[order[i]], tickets[order[j]]; a != b {
			return a < b
		}
		return s.pool[order[i]].id < s.pool[order[j]].id
	})
	c.groups = make([]group, count)
	for p, i := range order {
		g := &c.groups[p%count]
		g.members = append(g.members, i)
	}
	for n := range c.groups {
		g := &c.groups[n]
		ids := textSet{}
		g.ceiling = len(c.mine)
		for _, i := range g.members {
			ids[s.pool[i].id] = true
			if most := s.pool[i].cap; most >= 0 && int(most) < g.ceiling {
				g.ceiling = int(most)
			}
		}
		g.id = strings.Join(ids.sorted(), "+")
	}
	sort.Slice(c.groups, func(i, j int) bool { return c.groups[i].id < c.groups[j].id })
}

// possible tells whether all parts can be allotted to groups that can do them.
func (c *cut) possible() bool {
	c.can = make([][]int, len(c.mine))
	for n, i := range c.mine {
		for g := range c.groups {
			if c.s.canDo(c.parts[i], c.groups[g].members, nil) {
				c.can[n] = append(c.can[n], g)
			}
		}
	}
	limit := make([]int, len(c.groups))
	for g := range c.groups {
		limit[g] = c.groups[g].ceiling
	}
	a := c.allotment(limit, limit)
	for p := range c.mine {
		if ok, _ := a.fill(p); !ok {
			return false
		}
	}
	return true
}

func (c *cut) allotment(limit, ceiling []int) *allotment {
	visitOfPlace := make([]int, len(c.mine))
	for n, i := range c.mine {
		visitOfPlace[n] = c.parts[i].visit
	}
	return newAllotment(limit, ceiling, visitOfPlace, c.can, len(c.s.visits))
}

// allot gives the parts to groups by §8.1 to §8.3, and returns the groups made.
func (c *cut) allot(allotted []Value, skippedOf [][]Value, groupOf []group) []Value {
	s := c.s
	limit, ceiling := make([]int, len(c.groups)), make([]int, len(c.groups))
	start := make([]int, len(c.groups))
	for g := range c.groups {
		ceiling[g] = c.groups[g].ceiling
		start[g] = int(startCap(int64(len(c.mine)), int64(len(c.groups)), s.slack, int64(ceiling[g])))
		limit[g] = start[g]
	}
	a := c.allotment(limit, ceiling)
	if a.fillAll() != nil {
		panic("parts that can be allotted were not")
	}
	for n, i := range c.mine {
		g, skipped := c.settle(a, n)
		id := s.visits[c.parts[i].visit].id
		allotted[i] = object("visit", id, "department", c.parts[i].department,
			"group", c.groups[g].id, "choices", int64(len(c.can[n])))
		skippedOf[i], groupOf[i] = skipped, c.groups[g]
	}
	var made []Value
	for g, gr := range c.groups {
		ids := textSet{}
		for _, i := range gr.members {
			ids[s.pool[i].id] = true
		}
		made = append(made, object("id", gr.id, "department", c.parts[c.mine[0]].department,
			"k", int64(c.k), "members", textValues(ids.sorted()),
			"by", int64(limit[g]-start[g]), "cap", int64(limit[g])))
	}
	return made
}

// settle gives a part to the first group by lot.
func (c *cut) settle(a *allotment, n int) (int, []Value) {
	s, p := c.s, c.parts[c.mine[n]]
	target := s.visits[p.visit].id
	salt := s.ticketSalt(target)
	tickets := make([]string, len(c.groups))
	order := make([]int, len(c.groups))
	for g := range c.groups {
		order[g] = g
		tickets[g] = ticketOf(s.seed, "officer", target+","+c.groups[g].id, salt)
	}
	sort.SliceStable(order, func(i, j int) bool { return tickets[order[i]] < tickets[order[j]] })
	able := map[int]bool{}
	for _, g := range c.can[n] {
		able[g] = true
	}
	var skipped []Value
	for _, g := range order {
		reason, short := "", []Value{}
		if !able[g] {
			reason = "unable"
		} else if a.done[g] >= a.limit[g] {
			reason = "cap"
		} else {
			ok, places := a.settle(n, g)
			if ok {
				return g, skipped
			}
			reason, short = "look_ahead", s.visitsOfPlaces(a, places)
		}
		skipped = append(skipped, object("visit", target, "department", p.department,
			"group", c.groups[g].id, "reason", reason, "short", short))
	}
	panic("a part that can be allotted was not")
}

// canDo tells whether members can fill all seats of a part at once; seats that are taken already
// (index in the part to officer) stay as they are.
func (s *staffing) canDo(p part, members []int, taken map[int]int) bool {
	target := s.visits[p.visit].id
	busy := map[int]bool{}
	for _, i := range taken {
		busy[i] = true
	}
	seatOf := map[int]int{}
	var place func(n int, seen map[int]bool) bool
	place = func(n int, seen map[int]bool) bool {
		for _, i := range members {
			if busy[i] || seen[i] || !s.candidate(p.seats[n], target, i) {
				continue
			}
			seen[i] = true
			other, sits := seatOf[i]
			if !sits || place(other, seen) {
				seatOf[i] = n
				return true
			}
		}
		return false
	}
	for n := range p.seats {
		if _, done := taken[n]; !done && !place(n, map[int]bool{}) {
			return false
		}
	}
	return true
}

func (s *staffing) candidate(seatIndex int, target string, i int) bool {
	st := s.seats[seatIndex]
	return s.barred(target, i) == "" &&
		fits(&s.pool[i], st.seat, s.expert(), s.visits[st.visit].items, s.items)
}

// seatPart seats the members of a group.
func (s *staffing) seatPart(p part, g group, takenOf []Value, m *matchResult) {
	target := s.visits[p.visit].id
	member := map[int]bool{}
	for _, i := range g.members {
		member[i] = true
	}
	taken := map[int]int{}
	sits := map[int]bool{}
	for n, index := range p.seats {
		st := s.seats[index]
		choices := int64(0)
		for _, i := range st.fit {
			if s.barred(target, i) == "" {
				choices++
			}
		}
		entry := func(i int) *Object {
			return object("visit", target, "department", st.department,
				"speciality", st.speciality, "officer", s.pool[i].id)
		}
		for _, i := range st.fit {
			if !member[i] || sits[i] {
				continue
			}
			reason, short := s.barred(target, i), []Value{}
			if reason == "" {
				taken[n] = i
				if s.canDo(p, g.members, taken) {
					sits[i] = true
					e := entry(i)
					e.set("choices", choices)
					takenOf[index] = e
					break
				}
				delete(taken, n)
				reason, short = "look_ahead", []Value{target}
			}
			e := entry(i)
			e.set("reason", reason)
			e.set("short", short)
			m.skipped = append(m.skipped, e)
		}
	}
}
