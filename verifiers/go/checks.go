package main

import (
	"encoding/base64"
	"encoding/hex"
	"regexp"
	"sort"
	"strconv"
	"unicode/utf8"
)

// §10.9: codes of visits.

// A visitCheck is what a code says of one visit.
type visitCheck struct {
	round                        string
	attempt, amendment, position int64
	visit                        string
	items, officers, experts     []string
	start, end, salt             string
	proof                        []string
}

const saltBytes = 16

var codeForm = regexp.MustCompile(`^ssj1\.([0-9A-Za-z_-]+)\.([0-9A-Za-z_-]+)\.([0-9a-f]{8})$`)

// unBase64 reads base64url that is written in the one way that there is.
func unBase64(text string) []byte {
	data, e := base64.RawURLEncoding.DecodeString(text)
	if e != nil || base64.RawURLEncoding.EncodeToString(data) != text {
		refuse("检查码含有不合写法的字符")
	}
	return data
}

// readCode reads a code, or refuses it.
func readCode(code string) visitCheck {
	parts := codeForm.FindStringSubmatch(code)
	if parts == nil || hashText(code[:len(code)-9])[:8] != parts[3] {
		refuse("检查码不完整，或者有抄错、改动的地方")
	}
	said, way := unBase64(parts[1]), unBase64(parts[2])
	v, why := readJSON(said)
	values, isList := v.([]Value)
	if !utf8.Valid(said) || why != nil || !isList || len(values) != 10 || string(canonical(v)) != string(said) {
		refuse("检查码的内容不是规定的写法")
	}
	if len(way) < saltBytes || (len(way)-saltBytes)%32 != 0 {
		refuse("检查码的证明不完整")
	}
	const w = "检查码"
	c := visitCheck{
		round:     asText(values[0], w),
		attempt:   asInt(values[1], w, 1, maxInteger),
		amendment: asInt(values[2], w, 0, maxInteger),
		position:  asInt(values[3], w, 0, maxInteger),
		visit:     asText(values[4], w),
		items:     asTexts(values[5], w),
		officers:  asTexts(values[6], w),
		experts:   asTexts(values[7], w),
		start:     asText(values[8], w),
		end:       asText(values[9], w),
		salt:      hex.EncodeToString(way[:saltBytes]),
	}
	if !isID(c.visit) {
		refuse("检查码中的编号不合规定")
	}
	for at := saltBytes; at < len(way); at += 32 {
		c.proof = append(c.proof, hex.EncodeToString(way[at:at+32]))
	}
	return c
}

func (c visitCheck) value() Value {
	return object("round", c.round, "attempt", c.attempt, "amendment", c.amendment, "position", c.position,
		"visit", c.visit, "items", textValues(c.items), "officers", textValues(c.officers),
		"experts", textValues(c.experts), "start", c.start, "end", c.end, "salt", c.salt,
		"proof", textValues(c.proof))
}

func (c visitCheck) leaf() []byte {
	said := []Value{c.round, c.attempt, c.amendment, c.visit, textValues(c.items), textValues(c.officers),
		textValues(c.experts), c.start, c.end}
	return canonical(object("check", said, "salt", c.salt))
}

func hexOf(d digest) string { return hex.EncodeToString(d[:]) }

// textAt is the text of a field, or nothing.
func textAt(o *Object, field string) string {
	v, _ := o.get(field)
	text, _ := v.(string)
	return text
}

// sentTo are the numbers of those who have seats after n amendments, by purpose and visit.
func sentTo(record *Object, n int, numbers map[string]string) map[string]map[string]textSet {
	s := stateBefore(record, n)
	sent := map[string]map[string]textSet{}
	for _, purpose := range []string{"officer", "expert"} {
		sent[purpose] = map[string]textSet{}
		for _, v := range s.taken[purpose] {
			entry := asObject(v, "taken 各项")
			visit := entry.text("visit", "taken")
			if sent[purpose][visit] == nil {
				sent[purpose][visit] = textSet{}
			}
			sent[purpose][visit][numbers[entry.text("officer", "taken")]] = true
		}
	}
	return sent
}

// checksOf are the checks of the public record that follow from a draw record.
func checksOf(record *Object) []Value {
	numbers := map[string]string{}
	for _, row := range rowsOf(record, "officers") {
		id := row.text("id", "人员")
		numbers[id] = textAt(row.object("internal", "人员"), "certificate")
		if numbers[id] == "" {
			numbers[id] = id
		}
	}
	window := objectIn(record.object("parameters", drawRecord), "window")
	items, all := map[string][]string{}, []string{}
	for _, v := range record.list("visits", drawRecord) {
		visit := asObject(v, "入企检查")
		id := visit.text("id", "入企检查")
		items[id] = visit.texts("items", "入企检查")
		all = append(all, id)
	}
	salts, amendments := newSalter(record.text("salt", drawRecord)), amendmentsOf(record)
	checks, last := []Value{}, map[string]string{}
	for k := 0; k <= len(amendments); k++ {
		ids := all
		if k > 0 {
			ids = readAmendment(amendments[k-1]).visits
		}
		sent := sentTo(record, k, numbers)
		made := []visitCheck{}
		for _, id := range ids {
			made = append(made, visitCheck{
				round: record.text("round", drawRecord), attempt: record.integer("attempt", drawRecord, 1, maxInteger),
				amendment: int64(k), visit: id, items: items[id], officers: sent["officer"][id].sorted(),
				experts: sent["expert"][id].sorted(), start: textAt(window, "start"), end: textAt(window, "end"),
				salt: salts.rowSalt("checks", id, strconv.Itoa(k))[:2*saltBytes],
			})
		}
		sort.Slice(made, func(i, j int) bool { return made[i].salt < made[j].salt })
		leaves, ended := []digest{}, []string{}
		for _, c := range made {
			leaf := leafHash(c.leaf())
			leaves = append(leaves, leaf)
			if before, ok := last[c.visit]; ok {
				ended = append(ended, before)
			}
			last[c.visit] = hexOf(leaf)
		}
		sort.Strings(ended)
		checks = append(checks, object("rows", int64(len(made)), "root", hexOf(merkleRoot(leaves)),
			"ended", textValues(ended)))
	}
	return checks
}

// checkChecks is what V5 of a public record asks of its checks.
func checkChecks(o *Object) {
	amendments, checks := o.list("amendments", publicRecord), o.list("checks", publicRecord)
	if len(checks) != len(amendments)+1 {
		refuse("checks 的项数与抽后调整的次数不符")
	}
	for k, v := range checks {
		entry := asObject(v, "checks 各项")
		only(entry, "checks 各项", "rows", "root", "ended")
		entry.hash("root", "checks")
		ended := entry.texts("ended", "checks")
		count := int64(len(o.list("visits", publicRecord))) + o.integer("unnamed_visits", publicRecord, 0, maxInteger)
		gone := int64(0)
		if k > 0 {
			count = asObject(amendments[k-1], "抽后调整").integer("visits", "抽后调整", 1, maxInteger)
			gone = count
		}
		if entry.integer("rows", "checks", 0, maxInteger) != count || int64(len(ended)) != gone {
			refuse("checks 与入企检查、抽后调整的户次不符")
		}
		for i, hash := range ended {
			if !isHash(hash) || i > 0 && ended[i-1] >= hash {
				refuse("checks 中作废的检查码重复、未排序或不是校验码")
			}
		}
	}
}

// stateOf is the state of a code by documents and ledgers that hold; it refuses what was not drawn.
func stateOf(code string, documents []*Object, ledgers []ledger) string {
	c := readCode(code)
	data := c.leaf()
	own, known, replaced := hexOf(leafHash(data)), false, false
	for _, o := range documents {
		kind := kindOfDocument(o)
		if kind != drawRecord && kind != publicRecord || kind == publicRecord && !o.has("checks") {
			continue
		}
		where := roundOf(o, kind)
		if where.text("round", kind) != c.round || where.integer("attempt", kind, 1, maxInteger) != c.attempt {
			continue
		}
		var checks []Value
		if kind == drawRecord {
			checks = checksOf(o)
		} else {
			checks = o.list("checks", kind)
		}
		if c.amendment >= int64(len(checks)) {
			continue
		}
		known = true
		entry := asObject(checks[c.amendment], "checks")
		reached := rootFromProof(data, c.position, entry.integer("rows", "checks", 0, maxInteger), c.proof)
		if hexOf(reached) != entry.text("root", "checks") {
			refuse("检查码与公开记录不符：不是这次抽取的，或者被改动过")
		}
		for _, later := range checks[c.amendment+1:] {
			for _, hash := range asObject(later, "checks").texts("ended", "checks") {
				replaced = replaced || hash == own
			}
		}
	}
	switch {
	case voided(object("round", c.round, "attempt", c.attempt), ledgers):
		return "void"
	case replaced:
		return "replaced"
	case known:
		return "current"
	}
	return "unknown"
}

// judgeCode is what a person is told of a code, as a step without a number.
func judgeCode(code string, documents []*Object, ledgers []ledger) step {
	var c visitCheck
	if why := attempt(func() { c = readCode(code) }); why != nil {
		return unchecked(0, why.Error())
	}
	name, state := c.round+" "+c.visit+"：", ""
	if why := attempt(func() { state = stateOf(code, documents, ledgers) }); why != nil {
		return step{0, false, name + why.Error()}
	}
	switch state {
	case "current":
		return step{0, true, name + "检查期间 " + c.start + " 至 " + c.end}
	case "replaced":
		return step{0, false, name + "抽后调整以后换了人，这份通知书已作废"}
	case "void":
		return step{0, false, name + "这次抽取已作废"}
	}
	return unchecked(0, name+"没有给出它那次抽取、有它那次调整的公开记录")
}
