package main

import (
	"math/big"
	"math/bits"
	"sort"
	"strings"
)

// §6: frames and selection.

type frame struct {
	task, stratum string
	size          int64
}

func readFrame(v Value, where string) frame {
	o := asObject(v, where)
	return frame{o.text("task", where), o.text("stratum", where),
		o.integer("size", where, 0, maxInteger)}
}

type stratum struct{ name, ratio string }

func readStrata(internal *Object, where string) []stratum {
	var strata []stratum
	seen := map[string]bool{}
	for _, v := range internal.list("strata", where) {
		o := asObject(v, where+"strata 各项")
		s := stratum{o.text("stratum", where), o.text("ratio", where)}
		if seen[s.name] {
			refuse("%s的抽取组 %s 重复", where, s.name)
		}
		seen[s.name] = true
		strata = append(strata, s)
	}
	return strata
}

const ratioDigits = 1_000_000_000

// sampleSize is n of §6.2.
func sampleSize(ratio string, count int64) int64 {
	whole, rest := ratio, ""
	if i := strings.IndexByte(ratio, '.'); i >= 0 {
		whole, rest = ratio[:i], ratio[i+1:]
		if rest == "" || len(rest) > 9 || !within(rest, "0123456789") {
			refuse("抽取比例 %q 的写法不对", ratio)
		}
	}
	if whole != "0" && whole != "1" {
		refuse("抽取比例 %q 的写法不对", ratio)
	}
	value := int64(whole[0]-'0') * ratioDigits
	scale := int64(ratioDigits)
	for i := 0; i < len(rest); i++ {
		scale /= 10
		value += int64(rest[i]-'0') * scale
	}
	if value == 0 || value > ratioDigits {
		refuse("抽取比例 %q 应大于 0，不大于 1", ratio)
	}
	n := new(big.Int).Mul(big.NewInt(value), big.NewInt(count))
	n.Add(n, big.NewInt(ratioDigits-1))
	n.Div(n, big.NewInt(ratioDigits))
	if n.Cmp(big.NewInt(count)) > 0 {
		return count
	}
	return n.Int64()
}

type unit struct {
	id, ticket string
	size       int64
}

// selectUnits is §6.3: the certain ones by id, the others in drawing order.
func selectUnits(units []unit, n int64) (certain, byTicket []string) {
	certain, byTicket = []string{}, []string{}
	left := make([]unit, 0, len(units))
	sum := new(big.Int)
	for _, u := range units {
		if u.size > 0 {
			left = append(left, u)
			sum.Add(sum, big.NewInt(u.size))
		}
	}
	for n > 0 {
		var rest []unit
		taken := int64(0)
		gone := new(big.Int)
		for _, u := range left {
			share := new(big.Int).Mul(big.NewInt(n), big.NewInt(u.size))
			if share.Cmp(sum) >= 0 {
				certain = append(certain, u.id)
				gone.Add(gone, big.NewInt(u.size))
				taken++
			} else {
				rest = append(rest, u)
			}
		}
		if taken == 0 {
			break
		}
		left, n = rest, n-taken
		sum.Sub(sum, gone)
	}
	sort.Strings(certain)
	if n <= 0 || len(left) == 0 {
		return certain, byTicket
	}
	for _, u := range drawingOrder(left, n, sum) {
		if int64(len(byTicket)) == n {
			break
		}
		byTicket = append(byTicket, u.id)
	}
	return certain, byTicket
}

// drawingOrder sorts by (key, ticket, id).
func drawingOrder(units []unit, n int64, sum *big.Int) []unit {
	type keyed struct {
		unit
		key *big.Int
	}
	all := make([]keyed, len(units))
	for i, u := range units {
		all[i] = keyed{u, keyOf(ticketNumber(u.ticket), n, u.size, sum)}
	}
	sort.Slice(all, func(i, j int) bool {
		if c := all[i].key.Cmp(all[j].key); c != 0 {
			return c < 0
		}
		if all[i].ticket != all[j].ticket {
			return all[i].ticket < all[j].ticket
		}
		return all[i].id < all[j].id
	})
	sorted := make([]unit, len(all))
	for i, k := range all {
		sorted[i] = k.unit
	}
	return sorted
}

func keyOf(t, n, w int64, sum *big.Int) *big.Int {
	const m = int64(1) << 52
	share := new(big.Int).Mul(big.NewInt(n), big.NewInt(w))
	above := new(big.Int).Sub(sum, share)
	above.Mul(above, big.NewInt(t))
	above.Lsh(above, uint(bits.TrailingZeros64(uint64(m))))
	return above.Div(above, share.Mul(share, big.NewInt(m-t)))
}

type stratumKey struct{ task, stratum string }

// drawTargets is `drawn` as §6.3 gives it.
func drawTargets(record *Object, seed string) []Value {
	s := newSalter(record.text("salt", "记录"))
	frames := map[stratumKey][]unit{}
	exists := map[stratumKey]bool{}
	tasks := rowsOf(record, "tasks")
	for _, task := range tasks {
		id := task.text("id", "抽查任务")
		for _, st := range readStrata(task.object("internal", id), id) {
			exists[stratumKey{id, st.name}] = true
		}
	}
	for _, row := range rowsOf(record, "targets") {
		id := row.text("id", "检查对象")
		ticket := ""
		stands := map[string]bool{}
		for _, v := range row.object("internal", id).list("frames", id) {
			f := readFrame(v, id)
			key := stratumKey{f.task, f.stratum}
			if !exists[key] {
				refuse("检查对象 %s 列在不存在的抽取组 %s/%s", id, f.task, f.stratum)
			}
			if stands[f.task] {
				refuse("检查对象 %s 在任务 %s 中列了两次", id, f.task)
			}
			stands[f.task] = true
			if f.size == 0 {
				continue
			}
			if ticket == "" {
				ticket = ticketOf(seed, "target", id, s.rowSalt("targets", id, "ticket"))
			}
			frames[key] = append(frames[key], unit{id, ticket, f.size})
		}
	}
	drawn := []Value{}
	for _, task := range tasks {
		id := task.text("id", "抽查任务")
		for _, st := range readStrata(task.object("internal", id), id) {
			units := frames[stratumKey{id, st.name}]
			count := int64(len(units))
			n := sampleSize(st.ratio, count)
			certain, byTicket := selectUnits(units, n)
			drawn = append(drawn, object("task", id, "stratum", st.name, "count", count, "n", n,
				"certain", textValues(certain), "by_ticket", textValues(byTicket)))
		}
	}
	return drawn
}

// checkExternal refuses a `drawn` that is not as §6.5 says.
func checkExternal(record *Object, drawn []Value) {
	roster := map[string]bool{}
	for _, row := range rowsOf(record, "targets") {
		roster[row.text("id", "检查对象")] = true
	}
	tasks := rowsOf(record, "tasks")
	if len(drawn) != len(tasks) {
		refuse("外部抽取的名单应每个任务恰有一项")
	}
	for i, v := range drawn {
		entry := asObject(v, "drawn 各项")
		task := entry.text("task", "drawn")
		if len(entry.keys) != 2 || task != tasks[i].text("id", "抽查任务") {
			refuse("外部抽取的名单应按任务编号排列，只有 task 和 external")
		}
		last := ""
		for _, id := range entry.texts("external", "drawn") {
			if id <= last || !roster[id] {
				refuse("任务 %s 外部抽取的名单未按编号升序、有重复或有不在名录库的 %s", task, id)
			}
			last = id
		}
	}
}

// externalDrawn makes `drawn` of lists entered in any order (§6.5); a task without one drew nobody.
func externalDrawn(record, lists *Object) []Value {
	drawn := []Value{}
	known := 0
	for _, row := range rowsOf(record, "tasks") {
		id := row.text("id", "抽查任务")
		ids := []string{}
		if lists.has(id) {
			ids = lists.texts(id, "外部抽取名单")
			known++
		}
		sort.Strings(ids)
		drawn = append(drawn, object("task", id, "external", textValues(ids)))
	}
	if len(lists.keys) != known {
		refuse("外部抽取名单中有不存在的任务")
	}
	checkExternal(record, drawn)
	return drawn
}
