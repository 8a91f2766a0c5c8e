package main

import (
	"bytes"
	"encoding/hex"
	"sync"
	"unicode/utf8"
)

// §10: verification of documents.

// A step is one of V1 to V7: holds is true, false, or nil for not checked.
type step struct {
	number int
	holds  Value
	text   string
}

// check makes a step that holds unless f refuses.
func check(number int, name string, f func()) step {
	if why := attempt(f); why != nil {
		return step{number, false, name + "：" + why.Error()}
	}
	return step{number, true, name}
}

func unchecked(number int, text string) step { return step{number, nil, text} }

// The kinds of files (§10.1).
const (
	frozenRecord    = "frozen"
	drawRecord      = "draw"
	notice          = "notice"
	publicRecord    = "public"
	receipt         = "receipt"
	attestationFile = "attestation"
	ledgerFile      = "ledger"
)

var kindTexts = map[string]string{frozenRecord: "封库记录", drawRecord: "抽取记录", notice: "封库公告",
	publicRecord: "公开记录", receipt: "一户核验单", attestationFile: "保管人见证", ledgerFile: "留痕登记簿"}

var ofDraw = []string{"entropy", "seed", "drawn", "visits", "officers", "experts", "amendments"}

const takeInstead = "不是可核验的文件。请用封库公告.json、公开记录.json、一户核验单.json、attestation.json，" +
	"审计人员用 draw.json、freeze.json、ledger.jsonl"

// kindOfFile tells by its content what a file is, or refuses it; v is its value unless it is a ledger.
func kindOfFile(data []byte) (kind string, v Value) {
	if len(data) == 0 || !utf8.Valid(data) {
		refuse(takeInstead)
	}
	v, why := readJSON(data)
	if why == nil {
		return kindOfDocument(v), v
	}
	for _, line := range bytes.Split(data, []byte("\n")) {
		if entry, why := readJSON(line); why == nil && looksLikeEntry(entry) {
			return ledgerFile, nil
		}
	}
	refuse(takeInstead)
	return "", nil
}

func looksLikeEntry(v Value) bool {
	o, ok := v.(*Object)
	return ok && o.has("previous") && o.has("hash")
}

func kindOfDocument(v Value) string {
	o, ok := v.(*Object)
	if !ok {
		refuse(takeInstead)
	}
	if o.has("tables") {
		for _, field := range ofDraw {
			if o.has(field) {
				return drawRecord
			}
		}
		return frozenRecord
	}
	view, there := o.get("view")
	switch view {
	case notice, publicRecord, receipt, attestationFile:
		return view.(string)
	}
	if there || !looksLikeEntry(v) {
		refuse(takeInstead)
	}
	return ledgerFile
}

// examine does the steps of one document.
func examine(v Value) []step {
	kind := kindOfDocument(v)
	if kind == ledgerFile {
		refuse("留痕登记簿不是一份文件，而是各行")
	}
	o := v.(*Object)
	p, _ := o.get("protocol")
	newer := p != protocol
	var steps []step
	if kind == frozenRecord || kind == drawRecord {
		steps = examineRecord(o, kind)
	} else if kind == attestationFile {
		steps = []step{check(3, "见证", func() { checkAttestationDocument(o) })}
	} else {
		steps = examinePublished(o, kind)
	}
	if newer {
		for i := range steps {
			if steps[i].number == 3 {
				steps[i] = step{3, false, "承诺：文件的 protocol 不是 " + protocol}
			} else {
				steps[i] = unchecked(steps[i].number, "未核验：文件的 protocol 不是 "+protocol)
			}
		}
	}
	return steps
}

func examineRecord(record *Object, kind string) []step {
	if kind == frozenRecord {
		return []step{checkCommitment(record, kind)}
	}
	// Each step takes the recorded results of those before it as given, so none waits for another.
	checks := []func(*Object, string) step{checkCommitment, checkEvent, checkSelection, checkVisits, checkTeams}
	steps := make([]step, len(checks))
	var done sync.WaitGroup
	for i := range checks {
		done.Add(1)
		go func(i int) {
			defer done.Done()
			steps[i] = checks[i](record, kind)
		}(i)
	}
	done.Wait()
	return steps
}

func checkCommitment(record *Object, kind string) step {
	return check(3, "承诺", func() {
		if record.text("commitment", kind) != hash(canonical(commitmentObject(record))) {
			refuse("封库校验码不是由这份记录算出的：封库后有内容被改")
		}
	})
}

func checkEvent(record *Object, kind string) step {
	return check(4, "公开随机数与种子", func() {
		parameters := record.object("parameters", kind)
		checkSeed(record, kind, record.need("event", kind), parameters.boolean("demonstration", "参数"))
	})
}

func checkSelection(record *Object, kind string) step {
	outside := false
	s := check(5, "抽取", func() {
		drawn := record.list("drawn", kind)
		if outside = elsewhere(record.object("parameters", kind)); outside {
			checkExternal(record, drawn)
			return
		}
		follows(drawn, drawTargets(record, record.text("seed", kind)), "抽中名单")
	})
	if outside && s.holds == true {
		return unchecked(5, "外部抽取：由平台抽取，这里无从核验")
	}
	return s
}

func checkVisits(record *Object, kind string) step {
	return check(6, "入企检查", func() {
		follows(record.need("visits", kind), visitsOf(record, record.list("drawn", kind)), "入企检查")
	})
}

func checkTeams(record *Object, kind string) step {
	return check(7, "人员指派", func() {
		visits, seed := record.list("visits", kind), record.text("seed", kind)
		follows(record.need("officers", kind), match(record, visits, seed, "officer").value(), "执法人员")
		follows(record.need("experts", kind), match(record, visits, seed, "expert").value(), "专家")
		if record.has("amendments") {
			checkAmendments(record)
		}
	})
}

func follows(recorded, derived Value, what string) {
	if !equal(recorded, derived) {
		refuse("记录的%s不是应得的结果", what)
	}
}

// checkSeed is V4 of every document.
func checkSeed(o *Object, kind string, eventValue Value, demonstration bool) {
	e := readEvent(eventValue)
	entropy := o.object("entropy", "文件")
	text := entropy.text("text", "entropy")
	for _, field := range []string{"time", "place"} {
		if entropy.has(field) {
			entropy.text(field, "entropy")
		}
	}
	e.checkText(text)
	if !e.enough() && !demonstration {
		refuse("公开随机事件的结果不足 2^40 种，又不是演示批次")
	}
	if o.text("seed", "文件") != seedOf(o.text("commitment", "文件"), text) {
		refuse("种子不是由封库校验码和公开随机数算出的")
	}
	checkAttestations(o, kind)
}

func examinePublished(o *Object, kind string) []step {
	steps := []step{check(3, "承诺", func() {
		checkCommitted(o, kind)
		if kind == receipt {
			checkReceiptRow(o)
		} else {
			checkPublicList(o, kind)
		}
	})}
	if kind == notice {
		return steps
	}
	steps = append(steps, check(4, "公开随机数与种子", func() {
		committed := o.object("committed", kind)
		checkSeed(o, kind, committed.need("event", kind), committed.boolean("demonstration", "committed"))
	}))
	if kind == publicRecord {
		steps = append(steps, check(5, "抽中者都在名单中", func() { checkListed(o) }))
	} else {
		steps = append(steps, check(5, "本户的签号", func() { checkOwnTicket(o) }))
	}
	text := "未核验：抽中与否取决于各户的权数和签号，由审计人员核验"
	if committed, ok := o.get("committed"); ok {
		if c, ok := committed.(*Object); ok && elsewhere(c) {
			text = "外部抽取：由平台抽取，这里无从核验"
		}
	}
	return append(steps, unchecked(5, text), unchecked(6, "未核验：需要抽取记录"),
		unchecked(7, "未核验：需要抽取记录"))
}

func checkCommitted(o *Object, kind string) {
	committed := o.object("committed", kind)
	checkCommittedFields(committed)
	if o.text("commitment", kind) != hash(canonical(committed)) {
		refuse("封库校验码不是由 committed 算出的：公布的内容被改")
	}
}

// checkCommittedFields asks that a commitment object is strictly as in §4.3.
func checkCommittedFields(committed *Object) {
	const where = "committed"
	fields := []string{"protocol", "round", "attempt", "demonstration", "tables", "public_list",
		"parameters", "salt", "event", "code", "ledger_head"}
	if committed.has("official_draw") {
		fields = append(fields, "official_draw")
		oneOf(committed, "official_draw", where, "platform")
	}
	only(committed, where, fields...)
	if committed.text("protocol", where) != protocol {
		refuse("committed 的 protocol 不是 %s", protocol)
	}
	committed.text("round", where)
	committed.integer("attempt", where, 1, maxInteger)
	committed.boolean("demonstration", where)
	for _, field := range []string{"public_list", "parameters", "salt", "ledger_head"} {
		committed.hash(field, where)
	}
	committed.object("code", where)
	tables := committed.object("tables", where)
	only(tables, "tables", tableNames...)
	for _, name := range tableNames {
		table := tables.object(name, "tables")
		only(table, name, "rows", "root")
		table.integer("rows", name, 0, maxInteger)
		table.hash("root", name)
	}
	readEvent(committed.need("event", where))
}

func targetTable(o *Object) (rows int64, root string) {
	targets := o.object("committed", "文件").object("tables", "committed").object("targets", "tables")
	return targets.integer("rows", "targets", 0, maxInteger), targets.text("root", "targets")
}

func checkPublicList(o *Object, kind string) {
	list := o.object("public_list", kind)
	if o.object("committed", kind).text("public_list", "committed") != hash(canonical(list)) {
		refuse("公开名单与封库时的不同")
	}
	only(list, "公开名单", "targets", "unnamed")
	last := ""
	named := list.list("targets", "公开名单")
	for _, v := range named {
		entry := asObject(v, "公开名单各项")
		only(entry, "公开名单各项", "id", "name")
		id := entry.text("id", "公开名单")
		entry.text("name", "公开名单")
		if id <= last || !isID(id) {
			refuse("公开名单的编号应升序且不重复")
		}
		last = id
	}
	rows, _ := targetTable(o)
	if int64(len(named))+list.integer("unnamed", "公开名单", 0, maxInteger) != rows {
		refuse("公开名单的户数与检查对象总数不符")
	}
}

func checkListed(o *Object) {
	names := map[string]string{}
	list := o.object("public_list", publicRecord)
	for _, v := range list.list("targets", "公开名单") {
		entry := asObject(v, "公开名单各项")
		names[entry.text("id", "公开名单")] = entry.text("name", "公开名单")
	}
	last := ""
	for _, v := range o.list("visits", publicRecord) {
		visit := asObject(v, "入企检查")
		only(visit, "入企检查", "id", "name", "items", "officers")
		id, name := visit.text("id", "入企检查"), visit.text("name", "入企检查")
		checkNames(visit.list("items", "入企检查"), "id", "name")
		checkNames(visit.list("officers", "入企检查"), "name", "department")
		if id <= last {
			refuse("入企检查应按编号升序且不重复")
		}
		last = id
		if listed, ok := names[id]; !ok || listed != name {
			refuse("%s（%s）不在公开名单中", name, id)
		}
	}
	unnamed := list.integer("unnamed", "公开名单", 0, maxInteger)
	o.integer("unnamed_visits", publicRecord, 0, unnamed)
	for _, v := range o.list("amendments", publicRecord) {
		entry := asObject(v, "抽后调整")
		only(entry, "抽后调整", "date", "reason", "visits")
		entry.text("date", "抽后调整")
		entry.text("reason", "抽后调整")
		entry.integer("visits", "抽后调整", 1, maxInteger)
	}
	if o.has("checks") {
		checkChecks(o)
	}
}

func checkNames(list []Value, fields ...string) {
	for _, v := range list {
		entry := asObject(v, "各项")
		only(entry, "各项", fields...)
		for _, f := range fields {
			entry.text(f, "各项")
		}
	}
}

// checkReceiptRow is what V3 of a receipt adds: its row is one of the committed table (§3).
func checkReceiptRow(o *Object) {
	row := o.object("row", receipt)
	id := row.text("id", "row")
	identity := row.object("identity", "row")
	values := identity.object("values", "identity")
	if values.text("id", "identity") != id || !isID(id) {
		refuse("编号不合规定或前后不一")
	}
	internal := ""
	switch v := row.need("internal", "row").(type) {
	case string:
		internal = asHash(v, "internal ")
	case *Object:
		internal = partHash(v.hash("salt", "internal"), v.object("values", "internal"))
	default:
		refuse("row 的 internal 应为哈希值或对象")
	}
	data := leafData(id, partHash(identity.hash("salt", "identity"), values), internal,
		hashText(o.hash("ticket_salt", receipt)))
	rows, root := targetTable(o)
	reached := rootFromProof(data, row.integer("index", "row", 0, maxInteger), rows,
		row.texts("proof", "row"))
	if hex.EncodeToString(reached[:]) != root {
		refuse("本户这一行不在封库时的名录库中：内容或证明路径被改")
	}
}

func checkOwnTicket(o *Object) {
	id := o.object("row", receipt).text("id", "row")
	ticket := ticketOf(o.text("seed", receipt), "target", id, o.text("ticket_salt", receipt))
	if o.text("ticket", receipt) != ticket {
		refuse("签号不是由种子、编号和签号盐算出的")
	}
	items := o.list("items", receipt)
	checkNames(items, "id", "name")
	if o.boolean("drawn", receipt) != (len(items) > 0) {
		refuse("是否抽中与检查事项不一致")
	}
}
