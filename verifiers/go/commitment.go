package main

import (
	"encoding/hex"
	"sync"
)

// §4.3, §4.4, §10.5: what a record holds, and its commitment.

const protocol = "ssj/1"

var tableNames = []string{"items", "officers", "targets", "tasks"}

// rowsOf are the rows of a table, as they stand.
func rowsOf(record *Object, table string) []*Object {
	list := record.object("tables", "记录").list(table, "表")
	rows := make([]*Object, len(list))
	for i, r := range list {
		rows[i] = asObject(r, "表 "+table+" 的行")
	}
	return rows
}

// checkRecord refuses a record whose fields are not those of §10.5.
func checkRecord(record *Object) {
	const where = "记录"
	record.text("round", where)
	record.hash("salt", where)
	record.hash("ledger_head", where)
	record.integer("attempt", where, 1, maxInteger)
	parameters := record.object("parameters", where)
	parameters.integer("slack", "参数", 0, maxInteger)
	parameters.boolean("demonstration", "参数")
	oneOf(parameters, "official_draw", "参数", "here", "platform")
	oneOf(parameters, "team_mode", "参数", "visits", "groups")
	readEvent(record.need("event", where))
	record.object("code", where)
	tables := record.object("tables", where)
	if len(tables.keys) != len(tableNames) {
		refuse("应恰有四张表")
	}
	for _, table := range tableNames {
		last := ""
		for _, row := range rowsOf(record, table) {
			id := checkRow(table, row)
			if id <= last {
				refuse("表 %s 的编号应升序且不重复：%s", table, id)
			}
			last = id
		}
	}
	items := map[string]bool{}
	for _, row := range rowsOf(record, "items") {
		items[row.text("id", "事项")] = true
	}
	for _, row := range rowsOf(record, "tasks") {
		for _, id := range row.object("internal", "抽查任务").texts("items", "抽查任务") {
			if !items[id] {
				refuse("抽查任务列有不存在的事项 %s", id)
			}
		}
	}
}

func oneOf(o *Object, key, where string, values ...string) {
	if !o.has(key) {
		return
	}
	v := o.text(key, where)
	for _, good := range values {
		if v == good {
			return
		}
	}
	refuse("%s %s 不能是 %s", where, key, v)
}

func checkRow(table string, row *Object) string {
	id := row.text("id", "表 "+table+" 的行")
	where := "表 " + table + " 的 " + id + " "
	if !isID(id) {
		refuse("%s编号含有不许用的字符", where)
	}
	identity, internal := row.object("identity", where), row.object("internal", where)
	if len(row.keys) != 3 {
		refuse("%s的字段应恰为 id、identity、internal", where)
	}
	if identity.text("id", where) != id {
		refuse("%s的 identity.id 与编号不同", where)
	}
	switch table {
	case "items":
		nonEmpty(internal.text("department", where), where)
		internal.texts("categories", where)
		for _, s := range internal.texts("specialities", where) {
			nonEmpty(s, where)
		}
		internal.boolean("expert", where)
	case "officers":
		internal.need("kind", where)
		oneOf(internal, "kind", where, "officer", "expert", "staff")
		internal.text("department", where)
		for _, key := range []string{"specialities", "authority", "recusals"} {
			internal.texts(key, where)
		}
		internal.boolean("available", where)
		if v := internal.need("cap", where); v != nil {
			asInt(v, where+"cap ", 0, maxInteger)
		}
	case "targets":
		identity.text("name", where)
		internal.text("category", where)
		internal.boolean("public", where)
		for _, f := range internal.list("frames", where) {
			readFrame(f, where)
		}
		if internal.has("rotation") {
			internal.texts("rotation", where)
		}
	case "tasks":
		internal.texts("items", where)
		readStrata(internal, where)
		internal.integer("team_size", where, 0, 100)
		internal.boolean("expert", where)
	}
	return id
}

func nonEmpty(s, where string) {
	if s == "" {
		refuse("%s的部门和专业不能是空文本", where)
	}
}

// publicList is that of §4.4.
func publicList(record *Object) *Object {
	named, unnamed := []Value{}, int64(0)
	for _, row := range rowsOf(record, "targets") {
		if row.object("internal", "检查对象").boolean("public", "检查对象") {
			named = append(named, object("id", row.text("id", "检查对象"),
				"name", row.object("identity", "检查对象").text("name", "检查对象")))
		} else {
			unnamed++
		}
	}
	return object("targets", named, "unnamed", unnamed)
}

// tableRoot is that of §3; two goroutines share the rows.
func tableRoot(s salter, table string, rows []*Object) string {
	leaves := make([]digest, len(rows))
	const workers = 4
	var done sync.WaitGroup
	for w := 0; w < workers; w++ {
		done.Add(1)
		go func(w int) {
			defer done.Done()
			for i := w; i < len(rows); i += workers {
				leaves[i] = leafHash(s.leaf(table, rows[i]))
			}
		}(w)
	}
	done.Wait()
	root := merkleRoot(leaves)
	return hex.EncodeToString(root[:])
}

// commitmentObject is that of §4.3; a record that has none is refused.
func commitmentObject(record *Object) *Object {
	checkRecord(record)
	salt := record.text("salt", "记录")
	s := newSalter(salt)
	parameters := record.object("parameters", "记录")
	committed := object(
		"protocol", protocol,
		"round", record.text("round", "记录"),
		"attempt", record.need("attempt", "记录"),
		"demonstration", parameters.need("demonstration", "参数"),
	)
	if elsewhere(parameters) {
		committed.set("official_draw", "platform")
	}
	tables := object()
	for _, table := range tableNames {
		rows := rowsOf(record, table)
		tables.set(table, object("rows", int64(len(rows)), "root", tableRoot(s, table, rows)))
	}
	committed.set("tables", tables)
	committed.set("public_list", hash(canonical(publicList(record))))
	committed.set("parameters", partHash(
		s.rowSalt("parameters", record.text("round", "记录"), "internal"), parameters))
	committed.set("salt", hash(s.key))
	committed.set("event", record.need("event", "记录"))
	committed.set("code", record.need("code", "记录"))
	committed.set("ledger_head", record.text("ledger_head", "记录"))
	return committed
}

// elsewhere tells whether the targets are drawn by the platform (§6.5).
func elsewhere(parameters *Object) bool {
	v, _ := parameters.get("official_draw")
	return v == "platform"
}
