package main

import "fmt"

// §10.4: several documents.

// A paper is a document that holds by itself.
type paper struct {
	kind       string
	o          *Object
	attempt    string // round and attempt
	commitment string
}

func newPaper(o *Object) paper {
	kind := kindOfDocument(o)
	where := roundOf(o, kind)
	return paper{kind, o, fmt.Sprint(where.integer("attempt", kind, 1, maxInteger), ",",
		where.text("round", kind)), o.text("commitment", kind)}
}

func (p paper) isList() bool { return p.kind == drawRecord || p.kind == publicRecord }

func (p paper) together(q paper) bool {
	return p.attempt == q.attempt && p.commitment == q.commitment
}

// roundOf is the object of a document in which round and attempt stand.
func roundOf(o *Object, kind string) *Object {
	if kind == frozenRecord || kind == drawRecord || kind == attestationFile {
		return o
	}
	return o.object("committed", kind)
}

// compare compares documents and ledgers that hold by themselves.
func compare(documents []*Object, ledgers []ledger) []step {
	var papers []paper
	attempts := textSet{}
	for _, o := range documents {
		p := newPaper(o)
		papers = append(papers, p)
		attempts[p.attempt] = true
	}
	c := comparison{papers: papers, several: len(attempts) > 1}
	return []step{
		compareLedgers(papers, ledgers),
		c.step(3, "同一次抽取的封库校验码相同", c.commitments),
		c.step(4, "公开随机数与种子相同", c.seeds),
		c.step(5, "抽中名单相同", c.drawn),
		c.step(6, "入企检查一致", c.visits),
		c.step(7, "人员一致", c.teams),
	}
}

func compareLedgers(papers []paper, ledgers []ledger) step {
	asked := len(ledgers) > 1
	s := check(1, "留痕登记簿", func() {
		for i, l := range ledgers {
			for _, m := range ledgers[:i] {
				if !l.begins(m) && !m.begins(l) {
					refuse("两份登记簿对不上：一份不是另一份的开头")
				}
			}
		}
		for _, p := range papers {
			if p.kind == attestationFile {
				continue
			}
			asked = asked || len(ledgers) > 0
			head := roundOf(p.o, p.kind).hash("ledger_head", p.kind)
			if len(ledgers) > 0 && !anyHolds(ledgers, head) {
				refuse("%s所记的登记簿末行不在给出的登记簿中", kindTexts[p.kind])
			}
		}
	})
	if !asked {
		return unchecked(1, "未核验：没有可与留痕登记簿对照的文件")
	}
	return s
}

func anyHolds(ledgers []ledger, head string) bool {
	for _, l := range ledgers {
		if l.holds(head) {
			return true
		}
	}
	return false
}

type comparison struct {
	papers  []paper
	several bool // documents of more than one attempt
	asked   bool // something was compared
}

func (c *comparison) step(number int, name string, f func()) step {
	c.asked = false
	s := check(number, name, f)
	if s.holds == false {
		return s
	}
	if c.several {
		return unchecked(number, "不能互相对照：文件属于不同的批次或不同次的抽取")
	}
	if !c.asked {
		return unchecked(number, "未核验：没有可互相对照的文件")
	}
	return s
}

// pairs calls f with every two papers, in both orders, that are of one commitment.
func (c *comparison) pairs(f func(p, q paper)) {
	for i, p := range c.papers {
		for j, q := range c.papers {
			if i != j && p.together(q) {
				f(p, q)
			}
		}
	}
}

// same asks that two values are equal.
func (c *comparison) same(a, b Value, format string, args ...interface{}) {
	c.asked = true
	if !equal(a, b) {
		refuse(format, args...)
	}
}

func (c *comparison) commitments() {
	for i, p := range c.papers {
		for _, q := range c.papers[:i] {
			if p.attempt == q.attempt {
				c.same(p.commitment, q.commitment, "同一次抽取有两个封库校验码")
			}
		}
	}
	for _, p := range c.papers {
		for _, q := range c.papers {
			if p.kind == attestationFile && q.kind != attestationFile && p.commitment == q.commitment {
				c.attestation(p, q)
			}
		}
	}
}

// attestation asks that an attestation speaks of the attempt whose commitment it names, and is a
// custodian's.
func (c *comparison) attestation(p, q paper) {
	c.same(p.attempt, q.attempt, "见证所说的批次或第几次抽取，与有这个封库校验码的%s不同", kindTexts[q.kind])
	keys := readCustodians(roundOf(q.o, q.kind).object("event", q.kind)).keys
	name := p.o.text("custodian", "见证")
	key, ok := keys[name]
	c.same(ok && key == p.o.text("key", "见证"), true,
		"签见证的 %s 及其公钥不在%s公布的保管人中", name, kindTexts[q.kind])
}

var ofEntropy = []string{"text", "time", "place", "attestation"}

func (c *comparison) seeds() {
	hasSeed := func(p paper) bool { return p.isList() || p.kind == receipt }
	c.pairs(func(p, q paper) {
		if !hasSeed(p) || !hasSeed(q) {
			return
		}
		c.same(p.o.need("seed", p.kind), q.o.need("seed", q.kind), "两份文件的种子不同")
		c.same(project(p.o.object("entropy", p.kind), ofEntropy...),
			project(q.o.object("entropy", q.kind), ofEntropy...), "两份文件的公开随机数、时间、地点或见证不同")
	})
}

// project is what an object has of fields.
func project(o *Object, fields ...string) *Object {
	out := object()
	for _, field := range fields {
		if v, ok := o.get(field); ok {
			out.set(field, v)
		}
	}
	return out
}

func projectAll(list []Value, fields ...string) []Value {
	out := []Value{}
	for _, v := range list {
		out = append(out, project(asObject(v, "各项"), fields...))
	}
	return out
}

func (c *comparison) drawn() {
	c.pairs(func(p, q paper) {
		if p.kind == drawRecord && q.kind == drawRecord {
			c.same(p.o.need("drawn", p.kind), q.o.need("drawn", q.kind), "两份抽取记录的抽中名单不同")
		}
	})
}

// outing is what a public record says of its visits, officers apart.
func outing(p paper) Value {
	if p.kind == drawRecord {
		return publishedVisits(p.o)
	}
	visits := []Value{}
	for _, v := range p.o.list("visits", p.kind) {
		visit := project(asObject(v, "入企检查"), "id", "name", "items")
		visit.set("items", projectAll(visit.list("items", "入企检查"), "id", "name"))
		visits = append(visits, visit)
	}
	return object("visits", visits, "unnamed_visits", p.o.need("unnamed_visits", p.kind))
}

// A register has the names of a table's rows, by id.
func namesOf(record *Object, table string) map[string]Value {
	names := map[string]Value{}
	for _, row := range rowsOf(record, table) {
		name, _ := row.object("identity", table).get("name")
		names[row.text("id", table)] = name
	}
	return names
}

func publicTargets(record *Object) map[string]bool {
	public := map[string]bool{}
	for _, row := range rowsOf(record, "targets") {
		public[row.text("id", "检查对象")] = row.object("internal", "检查对象").boolean("public", "检查对象")
	}
	return public
}

func namedItems(visit *Object, names map[string]Value) []Value {
	items := []Value{}
	for _, id := range visit.texts("items", "入企检查") {
		items = append(items, object("id", id, "name", names[id]))
	}
	return items
}

// publishedVisits is what a public record says of the visits of a draw record.
func publishedVisits(record *Object) Value {
	targets, items := namesOf(record, "targets"), namesOf(record, "items")
	public := publicTargets(record)
	visits, unnamed := []Value{}, int64(0)
	for _, v := range record.list("visits", drawRecord) {
		visit := asObject(v, "入企检查")
		id := visit.text("id", "入企检查")
		if !public[id] {
			unnamed++
			continue
		}
		visits = append(visits, object("id", id, "name", targets[id], "items", namedItems(visit, items)))
	}
	return object("visits", visits, "unnamed_visits", unnamed)
}

func (c *comparison) visits() {
	c.pairs(func(p, q paper) {
		switch {
		case p.kind == drawRecord && q.kind == drawRecord:
			c.same(p.o.need("visits", p.kind), q.o.need("visits", q.kind), "两份抽取记录的入企检查不同")
		case p.isList() && q.isList():
			c.same(outing(p), outing(q), "%s与%s的入企检查或检查事项不同", kindTexts[p.kind], kindTexts[q.kind])
		case p.kind == receipt && q.kind == receipt:
			if rowID(p) == rowID(q) {
				c.same(ofReceipt(p), ofReceipt(q), "同一户的两份核验单不同")
			}
		case p.kind == receipt && q.isList():
			if q.kind == drawRecord || isListed(q.o, rowID(p)) {
				c.same(ofReceipt(p), receiptBy(q, rowID(p)), "一户核验单与%s不同：是否抽中或检查事项对不上",
					kindTexts[q.kind])
			}
		}
	})
	for _, p := range c.papers {
		if p.kind == publicRecord {
			c.unlisted(p)
		}
	}
}

func rowID(p paper) string { return p.o.object("row", receipt).text("id", "row") }

// ofReceipt is what a receipt says of its visit.
func ofReceipt(p paper) Value {
	return object("drawn", p.o.need("drawn", receipt),
		"items", projectAll(p.o.list("items", receipt), "id", "name"))
}

// receiptBy is what a receipt should say by a list.
func receiptBy(q paper, id string) Value {
	for _, v := range q.o.list("visits", q.kind) {
		visit := asObject(v, "入企检查")
		if visit.text("id", "入企检查") != id {
			continue
		}
		if q.kind == drawRecord {
			return object("drawn", true, "items", namedItems(visit, namesOf(q.o, "items")))
		}
		return object("drawn", true, "items", projectAll(visit.list("items", "入企检查"), "id", "name"))
	}
	return object("drawn", false, "items", []Value{})
}

func isListed(public *Object, id string) bool {
	for _, v := range public.object("public_list", publicRecord).list("targets", "公开名单") {
		if asObject(v, "公开名单各项").text("id", "公开名单") == id {
			return true
		}
	}
	return false
}

// unlisted counts the receipts of targets that a public record doesn't name.
func (c *comparison) unlisted(p paper) {
	rows := map[string]bool{}
	for _, q := range c.papers {
		if q.kind == receipt && p.together(q) && !isListed(p.o, rowID(q)) {
			rows[rowID(q)] = q.o.boolean("drawn", receipt)
			c.asked = true
		}
	}
	drawn, spared := int64(0), int64(0)
	for _, d := range rows {
		if d {
			drawn++
		} else {
			spared++
		}
	}
	visits := p.o.integer("unnamed_visits", p.kind, 0, maxInteger)
	unnamed := p.o.object("public_list", p.kind).integer("unnamed", "公开名单", 0, maxInteger)
	if drawn > visits || spared > unnamed-visits {
		refuse("不公开名称的对象中，核验单说抽中或未抽中的多于公开记录所计的")
	}
}

func (c *comparison) teams() {
	c.pairs(func(p, q paper) {
		if !p.isList() || !q.isList() {
			return
		}
		if p.kind == drawRecord && q.kind == drawRecord {
			c.same(p.o.need("officers", p.kind), q.o.need("officers", q.kind), "两份抽取记录的执法人员不同")
			c.same(p.o.need("experts", p.kind), q.o.need("experts", q.kind), "两份抽取记录的专家不同")
		}
		a, b := adjustments(p, q.kind), adjustments(q, p.kind)
		if len(a) > len(b) {
			a, b = b, a
		}
		c.same(a, b[:len(a)], "%s与%s的抽后调整不同", kindTexts[p.kind], kindTexts[q.kind])
		if p.kind != publicRecord {
			return
		}
		n := len(amendmentsOf(p.o))
		if q.kind == publicRecord && len(amendmentsOf(q.o)) == n {
			c.same(officersOf(p), officersOf(q), "两份公开记录的检查人员不同")
		}
		if q.kind == drawRecord && len(amendmentsOf(q.o)) >= n {
			c.same(officersOf(p), publishedOfficers(q.o, n), "公开记录的检查人员不是抽取记录上的")
		}
		c.checks(p, q)
	})
}

// checks asks that the checks of a public record and of another list begin alike (§10.9).
func (c *comparison) checks(p, q paper) {
	if !p.o.has("checks") || q.kind == publicRecord && !q.o.has("checks") {
		return
	}
	a := p.o.list("checks", p.kind)
	var b []Value
	if q.kind == drawRecord {
		b = checksOf(q.o)
	} else {
		b = q.o.list("checks", q.kind)
	}
	if len(a) > len(b) {
		a, b = b, a
	}
	c.same(a, b[:len(a)], "%s与%s的检查码不一致", kindTexts[p.kind], kindTexts[q.kind])
}

// adjustments are the amendments of a list, as a public record has them unless both are draw records.
func adjustments(p paper, other string) []Value {
	list := amendmentsOf(p.o)
	if p.kind == drawRecord && other == drawRecord {
		return append([]Value{}, list...)
	}
	out := []Value{}
	for _, v := range list {
		entry := project(asObject(v, "抽后调整"), "date", "reason", "visits")
		if p.kind == drawRecord {
			entry.set("visits", int64(len(entry.list("visits", "抽后调整"))))
		}
		out = append(out, entry)
	}
	return out
}

func officersOf(p paper) Value {
	visits := []Value{}
	for _, v := range p.o.list("visits", p.kind) {
		visits = append(visits, projectAll(asObject(v, "入企检查").list("officers", "入企检查"),
			"name", "department"))
	}
	return visits
}

// publishedOfficers are the officers of the public visits of a draw record after n amendments.
func publishedOfficers(record *Object, n int) Value {
	s := stateBefore(record, n)
	going := map[string]textSet{}
	for _, purpose := range []string{"officer", "expert"} {
		for _, v := range s.taken[purpose] {
			entry := asObject(v, "taken 各项")
			visit := entry.text("visit", "taken")
			if going[visit] == nil {
				going[visit] = textSet{}
			}
			going[visit][entry.text("officer", "taken")] = true
		}
	}
	people := map[string]Value{}
	for _, row := range rowsOf(record, "officers") {
		name, _ := row.object("identity", "人员").get("name")
		people[row.text("id", "人员")] = object("name", name,
			"department", row.object("internal", "人员").need("department", "人员"))
	}
	public := publicTargets(record)
	visits := []Value{}
	for _, v := range record.list("visits", drawRecord) {
		id := asObject(v, "入企检查").text("id", "入企检查")
		if !public[id] {
			continue
		}
		officers := []Value{}
		for _, who := range going[id].sorted() {
			officers = append(officers, people[who])
		}
		visits = append(visits, officers)
	}
	return visits
}
