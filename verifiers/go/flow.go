package main

// An allotment gives places to takers: seats to officers (§8.1 to §8.4), or parts of visits to groups
// (§8.7). Nobody has two places in a visit, nor more places than their limit. It is kept as full as
// can be while places are settled one after the other.
type allotment struct {
	limit   []int   // of a taker: how many places they may have here
	ceiling []int   // beyond which the limit never rises
	visit   []int   // of a place
	takers  [][]int // of a place: those who may have it, by lot
	inVisit [][]int // the places of a visit
	holder  []int   // of a place, -1 if it is empty
	settled []bool
	held    [][]int // the places that a taker has and that are not settled
	has     []int   // how many places a taker has
	done    []int   // how many of them are settled
	empty   []int   // places that nobody has, limits being as they are
}

const nobody = -1

func newAllotment(limit, ceiling, visitOfPlace []int, takers [][]int, visits int) *allotment {
	a := &allotment{limit: limit, ceiling: ceiling, visit: visitOfPlace, takers: takers,
		inVisit: make([][]int, visits), holder: make([]int, len(takers)),
		settled: make([]bool, len(takers)), held: make([][]int, len(limit)),
		has: make([]int, len(limit)), done: make([]int, len(limit))}
	for p, v := range visitOfPlace {
		a.inVisit[v] = append(a.inVisit[v], p)
		a.holder[p] = nobody
	}
	return a
}

func (a *allotment) give(place, taker int) {
	a.holder[place] = taker
	a.held[taker] = append(a.held[taker], place)
	a.has[taker]++
}

func (a *allotment) take(place int) {
	taker := a.holder[place]
	a.holder[place] = nobody
	a.has[taker]--
	list := a.held[taker]
	for i, p := range list {
		if p == place {
			list[i] = list[len(list)-1]
			a.held[taker] = list[:len(list)-1]
			return
		}
	}
}

// placeIn is the place that a taker has in a visit, or nobody.
func (a *allotment) placeIn(visit, taker int) int {
	for _, p := range a.inVisit[visit] {
		if a.holder[p] == taker {
			return p
		}
	}
	return nobody
}

// reach is what a search for a taker of empty places has seen.
type reach struct {
	places []int       // those that could be empty in their stead
	from   map[int]int // of a place seen: the place that its holder would take
	takers map[int]bool
}

// search looks for somebody who can still take a place, along a chain that begins at an empty one.
// It returns the end of the chain: a place and who takes it, or nobody; and what it has seen.
func (a *allotment) search(empty []int) (place, taker int, seen reach) {
	seen = reach{from: map[int]int{}, takers: map[int]bool{}}
	for _, p := range empty {
		seen.from[p] = nobody
		seen.places = append(seen.places, p)
	}
	see := func(p, from int) {
		if _, ok := seen.from[p]; !ok && !a.settled[p] {
			seen.from[p] = from
			seen.places = append(seen.places, p)
		}
	}
	for i := 0; i < len(seen.places); i++ {
		p := seen.places[i]
		for _, t := range a.takers[p] {
			if other := a.placeIn(a.visit[p], t); other != nobody {
				see(other, p)
				continue
			}
			if seen.takers[t] {
				continue
			}
			if a.has[t] < a.limit[t] {
				return p, t, seen
			}
			seen.takers[t] = true
			for _, other := range a.held[t] {
				see(other, p)
			}
		}
	}
	return nobody, nobody, seen
}

// fill fills one empty place, moving others if need be; if it can't, it tells what it has seen.
func (a *allotment) fill(place int) (bool, reach) {
	p, t, seen := a.search([]int{place})
	if p == nobody {
		return false, seen
	}
	for p != nobody {
		next := a.holder[p]
		if next != nobody {
			a.take(p)
		}
		a.give(p, t)
		p, t = seen.from[p], next
	}
	return true, seen
}

// fillAll fills every place, limits rising by the rule of §8.1. If that is impossible it returns the
// places of the Hall set (§8.4).
func (a *allotment) fillAll() []int {
	for p := range a.takers {
		if ok, _ := a.fill(p); !ok {
			a.empty = append(a.empty, p)
		}
	}
	for len(a.empty) > 0 {
		_, _, seen := a.search(a.empty)
		risen := false
		for t := range seen.takers {
			if a.limit[t] < a.ceiling[t] && a.limit[t] == a.has[t] {
				a.limit[t]++
				risen = true
			}
		}
		if !risen {
			return seen.places
		}
		var still []int
		for _, p := range a.empty {
			if ok, _ := a.fill(p); !ok {
				still = append(still, p)
			}
		}
		a.empty = still
	}
	return nil
}

// settle gives a place to a taker for good if all the other places can still be filled. If not, it
// changes nothing and returns the places that would have to stay empty, one or another.
func (a *allotment) settle(place, taker int) (bool, []int) {
	before := a.holder[place]
	vacated := nobody
	if before != taker {
		a.take(place)
		vacated = a.placeIn(a.visit[place], taker)
		if vacated == nobody && a.has[taker] >= a.limit[taker] {
			vacated = a.held[taker][0]
		}
		if vacated != nobody {
			a.take(vacated)
		}
		a.give(place, taker)
	}
	a.setSettled(place, taker, true)
	if vacated == nobody {
		return true, nil
	}
	ok, seen := a.fill(vacated)
	if ok {
		return true, nil
	}
	a.setSettled(place, taker, false)
	a.take(place)
	a.give(vacated, taker)
	a.give(place, before)
	return false, seen.places
}

func (a *allotment) setSettled(place, taker int, settled bool) {
	a.settled[place] = settled
	if settled {
		a.done[taker]++
		list := a.held[taker]
		for i, p := range list {
			if p == place {
				list[i] = list[len(list)-1]
				a.held[taker] = list[:len(list)-1]
				break
			}
		}
	} else {
		a.done[taker]--
		a.held[taker] = append(a.held[taker], place)
	}
}
