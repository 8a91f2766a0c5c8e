package main

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"sort"
)

// §11: the test vectors.

// runVectors runs every case of a folder, prints those that come out otherwise, and counts.
func runVectors(folder string) (cases, wrong int) {
	files, _ := filepath.Glob(filepath.Join(folder, "*.json"))
	sort.Strings(files)
	whole := wholeDraws(filepath.Join(folder, "whole_draw.json"))
	for _, file := range files {
		for _, v := range readFile(file).(*Object).list("cases", file) {
			c := asObject(v, file)
			cases++
			if why := runCase(c, whole); why != "" {
				wrong++
				fmt.Printf("%s %s：%s\n", filepath.Base(file), c.text("name", file), why)
			}
		}
	}
	return cases, wrong
}

func readFile(path string) Value {
	data, e := os.ReadFile(path)
	if e != nil {
		refuse("%s", e)
	}
	v, why := readJSON(data)
	if why != nil {
		refuse("%s：%s", path, why)
	}
	return v
}

// runCase says what is wrong with a case, nothing if it is right.
func runCase(c *Object, whole map[string]*Object) string {
	var got Value
	why := attempt(func() {
		got = call(c.text("function", "case"), c.object("input", "case"), whole)
	})
	if c.has("error") {
		if why == nil {
			return "应拒绝，却得到 " + string(canonical(got))
		}
		if expected, ok := c.get("hall_set"); ok {
			hall := why.(refusal).hall
			if hall == nil {
				return "拒绝的理由不是 Hall 集：" + why.Error()
			}
			got = object("seats", hall.seats, "officers", textValues(hall.officers))
			if !equal(expected, got) {
				return "Hall 集不同：" + string(canonical(got))
			}
		}
		return ""
	}
	if why != nil {
		return "被拒绝：" + why.Error()
	}
	if expected, _ := c.get("expected"); !equal(expected, got) {
		return "结果不同：" + string(canonical(got))
	}
	return ""
}

// wholeDraws are the draw records that `verify` changes, by the name of their case.
func wholeDraws(path string) map[string]*Object {
	whole := map[string]*Object{}
	for _, v := range readFile(path).(*Object).list("cases", path) {
		c := v.(*Object)
		input := c.object("input", path)
		record := copyOf(input.object("record", path)).(*Object)
		record.set("entropy", object("text", input.text("text", path)))
		expected := c.object("expected", path)
		for i, k := range expected.keys {
			record.set(k, expected.vals[i])
		}
		whole[c.text("name", path)] = record
	}
	return whole
}

func copyOf(v Value) Value {
	switch x := v.(type) {
	case []Value:
		list := make([]Value, len(x))
		for i, e := range x {
			list[i] = copyOf(e)
		}
		return list
	case *Object:
		o := object()
		for i, k := range x.keys {
			o.add(k, copyOf(x.vals[i]))
		}
		return o
	}
	return v
}

func replaceAt(v Value, path []Value, value Value) Value {
	if len(path) == 0 {
		return value
	}
	switch key := path[0].(type) {
	case string:
		o := v.(*Object)
		inner, _ := o.get(key)
		o.set(key, replaceAt(inner, path[1:], value))
		return o
	case int64:
		l := v.([]Value)
		l[key] = replaceAt(l[key], path[1:], value)
		return l
	}
	panic("a path of something else")
}

func stepValues(steps []step) Value {
	list := []Value{}
	for _, s := range steps {
		list = append(list, []Value{int64(s.number), s.holds})
	}
	return list
}

func bytesOf(v Value) []byte {
	data, e := hex.DecodeString(asText(v, "data"))
	if e != nil {
		refuse("不是十六进制")
	}
	return data
}

// call calls a function of §11 by its name.
func call(name string, in *Object, whole map[string]*Object) Value {
	const w = "input"
	switch name {
	case "canonical":
		v, why := readJSON([]byte(in.text("text", w)))
		if why != nil {
			refuse("%s", why)
		}
		return object("canonical", string(canonical(v)), "sha256", hash(canonical(v)))
	case "normalise_id":
		return normaliseID(in.text("text", w))
	case "row_salt":
		return newSalter(in.text("salt", w)).rowSalt(in.text("table", w), in.text("identifier", w),
			in.text("part", w))
	case "part_hash":
		return partHash(in.text("part_salt", w), in.need("values", w))
	case "leaf":
		return string(newSalter(in.text("salt", w)).leaf(in.text("table", w), in.object("row", w)))
	case "merkle_root", "merkle_proof":
		var leaves []digest
		for _, v := range in.list("leaves", w) {
			leaves = append(leaves, leafHash(bytesOf(v)))
		}
		if name == "merkle_proof" {
			return textValues(merkleProof(leaves, in.integer("index", w, -maxInteger, maxInteger)))
		}
		root := merkleRoot(leaves)
		return hex.EncodeToString(root[:])
	case "root_from_proof":
		root := rootFromProof(bytesOf(in.need("data", w)),
			in.integer("index", w, -maxInteger, maxInteger),
			in.integer("count", w, -maxInteger, maxInteger), in.texts("proof", w))
		return hex.EncodeToString(root[:])
	case "event_outcomes":
		return readKind(in).outcomes().String()
	case "event_form":
		return readKind(in).form()
	case "check_event_text":
		readEvent(in.need("event", w)).checkText(in.text("text", w))
		return "accepted"
	case "public_list":
		return publicList(in.object("record", w))
	case "commitment":
		committed := canonical(commitmentObject(in.object("record", w)))
		return object("object", string(committed), "commitment", hash(committed))
	case "seed_of":
		return seedOf(in.text("commitment", w), in.text("text", w))
	case "ticket":
		return ticketOf(in.text("seed", w), in.text("purpose", w), in.text("identifier", w),
			in.text("ticket_salt", w))
	case "ticket_number":
		return ticketNumber(in.text("ticket_hex", w))
	case "target_ticket":
		target := in.text("target", w)
		s := newSalter(in.object("record", w).text("salt", w))
		return ticketOf(in.text("seed", w), in.text("purpose", w), target,
			s.rowSalt("targets", target, "ticket"))
	case "sample_size":
		return sampleSize(in.text("ratio", w), in.integer("count", w, 0, maxInteger))
	case "select":
		return callSelect(in)
	}
	return callDraw(name, in, whole)
}

func callSelect(in *Object) Value {
	const w = "input"
	var units []unit
	for _, v := range in.list("units", w) {
		o := asObject(v, w)
		units = append(units, unit{o.text("id", w), o.text("ticket", w),
			o.integer("size", w, 0, maxInteger)})
	}
	certain, byTicket := selectUnits(units, in.integer("n", w, 0, maxInteger))
	return object("certain", textValues(certain), "by_ticket", textValues(byTicket))
}

func internals(o *Object, f func(id string, internal *Object)) {
	for i, id := range o.keys {
		f(id, asObject(o.vals[i], id))
	}
}

func callDraw(name string, in *Object, whole map[string]*Object) Value {
	const w = "input"
	items, tasks := map[string]item{}, map[string]task{}
	if in.has("items") {
		internals(in.object("items", w), func(id string, o *Object) { items[id] = readItem(o, id) })
	}
	switch name {
	case "draw_targets":
		return drawTargets(in.object("record", w), in.text("seed", w))
	case "drawn_ids":
		return textValues(drawnIDs(in.need("part", w)))
	case "visit_of":
		internals(in.object("tasks", w), func(id string, o *Object) { tasks[id] = readTask(o, id) })
		return visitOf(in.text("target", w), in.text("category", w), in.texts("task_ids", w), tasks, items)
	case "visits_of":
		return visitsOf(in.object("record", w), in.list("drawn", w))
	case "fits":
		o := readOfficer(in.object("officer", w))
		s := readSeats([]Value{in.need("seat", w)})[0]
		return fits(&o, s, s.department == "", in.object("visit", w).texts("items", w), items)
	case "match":
		return match(in.object("record", w), in.list("visits", w), in.text("seed", w),
			in.text("purpose", w)).value()
	case "draw":
		return callWholeDraw(in)
	case "replace":
		record := in.object("record", w)
		a := amendment{officer: in.text("officer", w), visits: in.texts("visits", w),
			all: in.boolean("whole", w)}
		return replace(record, stateBefore(record, len(amendmentsOf(record))), a).value()
	case "teams_now":
		return teamsNow(in.object("record", w))
	case "ledger_line":
		return ledgerLine(in.object("entry", w), in.text("previous", w))
	case "read_ledger":
		l := readLedger([]byte(in.text("text", w)))
		return object("entries", int64(len(l.hashes)), "head", l.head())
	case "examine":
		return upToFirstFailing(examine(in.need("document", w)))
	case "compare":
		return upToFirstFailing(callCompare(in))
	case "checks_of":
		return checksOf(in.object("record", w))
	case "read_check":
		return readCode(in.text("code", w)).value()
	case "check_state":
		var documents []*Object
		for _, v := range in.list("documents", w) {
			documents = append(documents, asObject(v, w))
		}
		return stateOf(in.text("code", w), documents, ledgersOf(in))
	case "banners":
		o := in.object("document", w)
		return textValues(banners(o, kindOfDocument(o), ledgersOf(in)))
	case "kind_of_file":
		data := []byte{}
		if in.has("hex") {
			data = bytesOf(in.need("hex", w))
		} else {
			data = []byte(in.text("text", w))
		}
		kind, _ := kindOfFile(data)
		return kind
	case "signature":
		return goodSignature(in.text("key", w), bytesOf(in.need("message", w)), in.text("signature", w))
	case "verify":
		return callVerify(in, whole)
	}
	panic("no function " + name)
}

func callWholeDraw(in *Object) Value {
	const w = "input"
	record, text := in.object("record", w), in.text("text", w)
	committed := commitmentObject(record)
	e := readEvent(record.need("event", w))
	e.checkText(text)
	seed := seedOf(hash(canonical(committed)), text)
	outside := elsewhere(record.object("parameters", w))
	if outside != in.has("external") {
		refuse("外部抽取须有平台的名单，不是外部抽取就不能有")
	}
	var drawn []Value
	if outside {
		drawn = externalDrawn(record, in.object("external", w))
	} else {
		drawn = drawTargets(record, seed)
	}
	visits := visitsOf(record, drawn)
	return object("seed", seed, "drawn", drawn, "visits", visits,
		"officers", match(record, visits, seed, "officer").value(),
		"experts", match(record, visits, seed, "expert").value())
}

func callVerify(in *Object, whole map[string]*Object) Value {
	const w = "input"
	base, ok := whole[in.text("base", w)]
	if !ok {
		panic("no base " + in.text("base", w))
	}
	record := copyOf(base)
	for _, v := range in.list("changes", w) {
		change := asObject(v, w)
		record = replaceAt(record, change.list("path", w), copyOf(change.need("value", w)))
	}
	for _, s := range examine(record) {
		if s.holds == false {
			return int64(s.number)
		}
	}
	return nil
}

// upToFirstFailing leaves out what is not specified.
func upToFirstFailing(steps []step) Value {
	for i, s := range steps {
		if s.holds == false {
			return stepValues(steps[:i+1])
		}
	}
	return stepValues(steps)
}

func ledgersOf(in *Object) []ledger {
	var ledgers []ledger
	for _, text := range in.texts("ledgers", "input") {
		attempt(func() { ledgers = append(ledgers, readLedger([]byte(text))) })
	}
	return ledgers
}

func callCompare(in *Object) []step {
	var documents []*Object
	for _, v := range in.list("documents", "input") {
		if why := attempt(func() {
			if !failing(examine(v)) {
				documents = append(documents, v.(*Object))
			}
		}); why != nil {
			continue
		}
	}
	return compare(documents, ledgersOf(in))
}
