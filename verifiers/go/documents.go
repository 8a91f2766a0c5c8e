package main

import (
	"encoding/hex"
	"fmt"
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

// The kinds of documents (§10.1).
const (
	frozenRecord = "封库记录"
	drawRecord   = "抽取记录"
	notice       = "封库公告"
	publicRecord = "公开记录"
	receipt      = "一户核验单"
	ledgerFile   = "留痕登记簿"
)

var ofDraw = []string{"entropy", "seed", "drawn", "visits", "officers", "experts", "amendments"}

// recognise tells by its content what a document is, or refuses it.
func recognise(v Value) string {
	o, ok := v.(*Object)
	if !ok {
		refuse("不是本核验程序认识的文件")
	}
	if o.has("tables") {
		for _, field := range ofDraw {
			if o.has(field) {
				return drawRecord
			}
		}
		return frozenRecord
	}
	view, _ := o.get("view")
	switch view {
	case "notice":
		return notice
	case "public":
		return publicRecord
	case "receipt":
		return receipt
	}
	refuse("不是本核验程序认识的文件")
	return ""
}

// examine does the steps of one document.
func examine(v Value) []step {
	kind := recognise(v)
	o := v.(*Object)
	p, _ := o.get("protocol")
	newer := p != protocol
	var steps []step
	if kind == frozenRecord || kind == drawRecord {
		steps = examineRecord(o, kind)
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
	steps := []step{check(3, "承诺", func() {
		if record.text("commitment", kind) != hash(canonical(commitmentObject(record))) {
			refuse("封库校验码不是由这份记录算出的：封库后有内容被改")
		}
	})}
	if kind == frozenRecord {
		return steps
	}
	steps = append(steps, check(4, "公开随机数与种子", func() {
		parameters := record.object("parameters", kind)
		checkSeed(record, record.need("event", kind), parameters.boolean("demonstration", "参数"))
	}))
	outside := false
	selection := check(5, "抽取", func() {
		drawn := record.list("drawn", kind)
		if outside = elsewhere(record.object("parameters", kind)); outside {
			checkExternal(record, drawn)
			return
		}
		follows(drawn, drawTargets(record, record.text("seed", kind)), "抽中名单")
	})
	if outside && selection.holds == true {
		selection = unchecked(5, "外部抽取：由平台抽取，这里无从核验")
	}
	return append(steps, selection,
		check(6, "入企检查", func() {
			follows(record.need("visits", kind), visitsOf(record, record.list("drawn", kind)), "入企检查")
		}),
		check(7, "人员指派", func() {
			visits, seed := record.list("visits", kind), record.text("seed", kind)
			follows(record.need("officers", kind), match(record, visits, seed, "officer").value(), "执法人员")
			follows(record.need("experts", kind), match(record, visits, seed, "expert").value(), "专家")
			if record.has("amendments") {
				checkAmendments(record)
			}
		}))
}

func follows(recorded, derived Value, what string) {
	if !equal(recorded, derived) {
		refuse("记录的%s不是应得的结果", what)
	}
}

// checkSeed is V4 of every document.
func checkSeed(o *Object, eventValue Value, demonstration bool) {
	e := readEvent(eventValue)
	text := o.object("entropy", "文件").text("text", "entropy")
	e.checkText(text)
	if !e.enough() && !demonstration {
		refuse("公开随机事件的结果不足 2^40 种，又不是演示批次")
	}
	if o.text("seed", "文件") != seedOf(o.text("commitment", "文件"), text) {
		refuse("种子不是由封库校验码和公开随机数算出的")
	}
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
		checkSeed(o, committed.need("event", kind), committed.boolean("demonstration", "committed"))
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
	if committed.text("protocol", "committed") != protocol {
		refuse("committed 的 protocol 不是 %s", protocol)
	}
	readEvent(committed.need("event", "committed"))
	if o.text("commitment", kind) != hash(canonical(committed)) {
		refuse("封库校验码不是由 committed 算出的：公布的内容被改")
	}
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
	last := ""
	named := list.list("targets", "公开名单")
	for _, v := range named {
		entry := asObject(v, "公开名单各项")
		id := entry.text("id", "公开名单")
		entry.text("name", "公开名单")
		if id <= last {
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
}

func checkNames(list []Value, fields ...string) {
	for _, v := range list {
		entry := asObject(v, "各项")
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

// §10.4: several documents.

// roundOf is where a document says round, attempt and ledger_head.
func roundOf(o *Object, kind string) *Object {
	if kind == frozenRecord || kind == drawRecord {
		return o
	}
	return o.object("committed", kind)
}

// compare compares documents with each other, and with a ledger if there is one.
func compare(documents []*Object, ledgerData []byte) []step {
	kinds := make([]string, len(documents))
	for i, o := range documents {
		kinds[i] = recognise(o)
	}
	return []step{compareLedger(documents, kinds, ledgerData),
		compareCommitments(documents, kinds), compareReceipts(documents, kinds)}
}

func compareLedger(documents []*Object, kinds []string, data []byte) step {
	if data == nil {
		return unchecked(1, "未核验：没有留痕登记簿")
	}
	return check(1, "留痕登记簿", func() {
		l := readLedger(data)
		for i, o := range documents {
			if head := roundOf(o, kinds[i]).hash("ledger_head", kinds[i]); !l.holds(head) {
				refuse("%s所记的登记簿末行不在这份登记簿中", kinds[i])
			}
		}
	})
}

func compareCommitments(documents []*Object, kinds []string) step {
	pairs := false
	s := check(3, "同一次抽取的封库校验码相同", func() {
		of := map[string]string{}
		for i, o := range documents {
			where := roundOf(o, kinds[i])
			key := fmt.Sprint(where.integer("attempt", kinds[i], 1, maxInteger), ",",
				where.text("round", kinds[i]))
			commitment := o.text("commitment", kinds[i])
			other, there := of[key]
			if there {
				pairs = true
				if other != commitment {
					refuse("同一次抽取有两个封库校验码")
				}
			}
			of[key] = commitment
		}
	})
	if s.holds == true && !pairs {
		return unchecked(3, "未核验：没有同一次抽取的两份文件")
	}
	return s
}

func compareReceipts(documents []*Object, kinds []string) step {
	pairs := false
	s := check(6, "一户核验单与抽取结果一致", func() {
		for i, o := range documents {
			if kinds[i] != receipt {
				continue
			}
			id := o.object("row", receipt).text("id", "row")
			drawn := o.boolean("drawn", receipt)
			for j, other := range documents {
				if kinds[j] != publicRecord && kinds[j] != drawRecord ||
					other.text("commitment", kinds[j]) != o.text("commitment", receipt) ||
					kinds[j] == publicRecord && !listed(other, id) {
					continue
				}
				pairs = true
				if hasVisit(other, kinds[j], id) != drawn {
					refuse("一户核验单说%s，%s却相反", drawnText(drawn), kinds[j])
				}
			}
		}
	})
	if s.holds == true && !pairs {
		return unchecked(6, "未核验：没有可与一户核验单对照的文件")
	}
	return s
}

func drawnText(drawn bool) string {
	return map[bool]string{true: "抽中", false: "未抽中"}[drawn]
}

func listed(o *Object, id string) bool {
	for _, v := range o.object("public_list", publicRecord).list("targets", "公开名单") {
		if asObject(v, "公开名单各项").text("id", "公开名单") == id {
			return true
		}
	}
	return false
}

func hasVisit(o *Object, kind, id string) bool {
	for _, v := range o.list("visits", kind) {
		if asObject(v, "入企检查").text("id", "入企检查") == id {
			return true
		}
	}
	return false
}
