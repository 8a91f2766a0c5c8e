package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"
	"strconv"
	"unicode/utf8"
)

// §1: strict reading and canonical writing of JSON.

// A Value is nil, bool, int64, string, []Value or *Object.
type Value = interface{}

// An Object keeps its members in the order in which they were read.
type Object struct {
	keys  []string
	vals  []Value
	index map[string]int // only where there are many
}

const (
	maxInteger = 1<<53 - 1
	maxDepth   = 100
	manyKeys   = 12
)

// object makes one of alternating keys and values.
func object(pairs ...Value) *Object {
	o := &Object{}
	for i := 0; i < len(pairs); i += 2 {
		o.set(pairs[i].(string), pairs[i+1])
	}
	return o
}

func (o *Object) find(key string) int {
	if o.index != nil {
		if i, ok := o.index[key]; ok {
			return i
		}
		return -1
	}
	for i, k := range o.keys {
		if k == key {
			return i
		}
	}
	return -1
}

func (o *Object) get(key string) (Value, bool) {
	if i := o.find(key); i >= 0 {
		return o.vals[i], true
	}
	return nil, false
}

func (o *Object) has(key string) bool { return o.find(key) >= 0 }

// set replaces a member or adds it.
func (o *Object) set(key string, v Value) {
	if i := o.find(key); i >= 0 {
		o.vals[i] = v
		return
	}
	o.add(key, v)
}

func (o *Object) add(key string, v Value) {
	o.keys = append(o.keys, key)
	o.vals = append(o.vals, v)
	if o.index != nil {
		o.index[key] = len(o.keys) - 1
	} else if len(o.keys) > manyKeys {
		o.index = make(map[string]int, 2*len(o.keys))
		for i, k := range o.keys {
			o.index[k] = i
		}
	}
}

// refusal is what §10 counts as a failed step; its text is for the person who reads the result.
type refusal struct {
	text string
	hall *hallSet // of §8.4
}

func (r refusal) Error() string { return r.text }

func refuse(format string, args ...interface{}) {
	panic(refusal{text: fmt.Sprintf(format, args...)})
}

// attempt runs f and returns why it was refused, nil if it wasn't.
func attempt(f func()) (why error) {
	defer func() {
		if e := recover(); e != nil {
			r, ok := e.(refusal)
			if !ok {
				panic(e)
			}
			why = r
		}
	}()
	f()
	return nil
}

type reader struct {
	data []byte
	pos  int
	keys map[string]string // each key is kept once
}

// readJSON reads the one value of a file strictly (§1).
func readJSON(data []byte) (v Value, why error) {
	why = attempt(func() {
		if !utf8.Valid(data) {
			refuse("不是 UTF-8 编码的文件")
		}
		r := &reader{data: data, keys: map[string]string{}}
		v = r.value(1)
		r.space()
		if r.pos < len(r.data) {
			refuse("JSON 之后还有多余内容")
		}
	})
	return v, why
}

func (r *reader) space() {
	for r.pos < len(r.data) {
		switch r.data[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

func (r *reader) value(depth int) Value {
	r.space()
	if r.pos >= len(r.data) {
		refuse("JSON 不完整")
	}
	switch c := r.data[r.pos]; {
	case c == '{':
		return r.object(depth)
	case c == '[':
		return r.list(depth)
	case c == '"':
		return r.text()
	case c == '-' || c >= '0' && c <= '9':
		return r.integer()
	}
	for word, v := range map[string]Value{"true": true, "false": false, "null": nil} {
		if bytes.HasPrefix(r.data[r.pos:], []byte(word)) {
			r.pos += len(word)
			return v
		}
	}
	refuse("不是 JSON")
	return nil
}

func (r *reader) open(depth int, end byte) bool {
	if depth > maxDepth {
		refuse("JSON 嵌套超过 %d 层", maxDepth)
	}
	r.pos++
	r.space()
	if r.pos < len(r.data) && r.data[r.pos] == end {
		r.pos++
		return false
	}
	return true
}

// more steps over a comma, or over the end, after which there is no more.
func (r *reader) more(end byte) bool {
	r.space()
	if r.pos >= len(r.data) {
		refuse("JSON 不完整")
	}
	c := r.data[r.pos]
	r.pos++
	if c != ',' && c != end {
		refuse("不是 JSON")
	}
	return c == ','
}

func (r *reader) object(depth int) Value {
	o := &Object{}
	if !r.open(depth, '}') {
		return o
	}
	for {
		r.space()
		if r.pos >= len(r.data) || r.data[r.pos] != '"' {
			refuse("不是 JSON")
		}
		key := r.key()
		if o.has(key) {
			refuse("JSON 有重复的字段 %s", key)
		}
		r.space()
		if r.pos >= len(r.data) || r.data[r.pos] != ':' {
			refuse("不是 JSON")
		}
		r.pos++
		o.add(key, r.value(depth+1))
		if !r.more('}') {
			return o
		}
	}
}

func (r *reader) list(depth int) Value {
	l := []Value{}
	if !r.open(depth, ']') {
		return l
	}
	for {
		l = append(l, r.value(depth+1))
		if !r.more(']') {
			return l
		}
	}
}

func (r *reader) integer() Value {
	start := r.pos
	if r.data[r.pos] == '-' {
		r.pos++
	}
	digits := r.pos
	for r.pos < len(r.data) && r.data[r.pos] >= '0' && r.data[r.pos] <= '9' {
		r.pos++
	}
	if r.pos == digits || r.pos > digits+1 && r.data[digits] == '0' {
		refuse("不是 JSON 整数")
	}
	if r.pos < len(r.data) && (r.data[r.pos] == '.' || r.data[r.pos] == 'e' || r.data[r.pos] == 'E') {
		refuse("只许整数，不许小数或指数")
	}
	n, e := strconv.ParseInt(string(r.data[start:r.pos]), 10, 64)
	if e != nil || n > maxInteger || n < -maxInteger {
		refuse("整数过大")
	}
	return n
}

// key reads the name of a member, which is ASCII text.
func (r *reader) key() string {
	start := r.pos + 1
	for i := start; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			r.pos = i + 1
			if kept, ok := r.keys[string(r.data[start:i])]; ok {
				return kept
			}
			key := string(r.data[start:i])
			r.keys[key] = key
			return key
		case c == '\\' || c < 0x20 || c >= 0x80:
			key := r.text()
			for j := 0; j < len(key); j++ {
				if key[j] >= 0x80 {
					refuse("字段名只许 ASCII 字符")
				}
			}
			return key
		}
	}
	refuse("JSON 不完整")
	return ""
}

func (r *reader) text() string {
	r.pos++
	start := r.pos
	for i := start; i < len(r.data); i++ {
		switch c := r.data[i]; {
		case c == '"':
			r.pos = i + 1
			return string(r.data[start:i])
		case c == '\\' || c < 0x20:
			r.pos = i
			return r.escaped(append([]byte{}, r.data[start:i]...))
		}
	}
	refuse("JSON 不完整")
	return ""
}

func (r *reader) escaped(out []byte) string {
	for r.pos < len(r.data) {
		c := r.data[r.pos]
		r.pos++
		switch {
		case c == '"':
			return string(out)
		case c < 0x20:
			refuse("文本中有未转义的控制字符")
		case c != '\\':
			out = append(out, c)
		default:
			if r.pos >= len(r.data) {
				refuse("JSON 不完整")
			}
			e := r.data[r.pos]
			r.pos++
			if i := bytes.IndexByte([]byte(`"\/bfnrt`), e); i >= 0 {
				out = append(out, "\"\\/\b\f\n\r\t"[i])
			} else if e == 'u' {
				out = r.unit(out)
			} else {
				refuse("不是 JSON：转义有误")
			}
		}
	}
	refuse("JSON 不完整")
	return ""
}

// unit reads what follows \u; two halves make one character, a half alone is refused.
func (r *reader) unit(out []byte) []byte {
	first := r.hex4()
	if first >= 0xD800 && first < 0xDC00 && bytes.HasPrefix(r.data[r.pos:], []byte(`\u`)) {
		r.pos += 2
		second := r.hex4()
		if second < 0xDC00 || second >= 0xE000 {
			refuse("文本中有不成对的代理字符")
		}
		first = 0x10000 + (first-0xD800)<<10 + (second - 0xDC00)
	} else if first >= 0xD800 && first < 0xE000 {
		refuse("文本中有不成对的代理字符")
	}
	return utf8.AppendRune(out, first)
}

func (r *reader) hex4() rune {
	if r.pos+4 > len(r.data) {
		refuse("JSON 不完整")
	}
	var n rune
	for _, c := range r.data[r.pos : r.pos+4] {
		switch {
		case c >= '0' && c <= '9':
			n = n<<4 | rune(c-'0')
		case c >= 'a' && c <= 'f':
			n = n<<4 | rune(c-'a'+10)
		case c >= 'A' && c <= 'F':
			n = n<<4 | rune(c-'A'+10)
		default:
			refuse("不是 JSON：转义有误")
		}
	}
	r.pos += 4
	return n
}

// appendCanonical adds the canonical bytes of v (§1).
func appendCanonical(out []byte, v Value) []byte {
	switch x := v.(type) {
	case nil:
		return append(out, "null"...)
	case bool:
		return strconv.AppendBool(out, x)
	case int64:
		return strconv.AppendInt(out, x, 10)
	case string:
		return appendText(out, x)
	case []Value:
		out = append(out, '[')
		for i, e := range x {
			if i > 0 {
				out = append(out, ',')
			}
			out = appendCanonical(out, e)
		}
		return append(out, ']')
	case *Object:
		order := make([]int, len(x.keys))
		for i := range order {
			order[i] = i
		}
		if !sort.StringsAreSorted(x.keys) {
			sort.Slice(order, func(i, j int) bool { return x.keys[order[i]] < x.keys[order[j]] })
		}
		out = append(out, '{')
		for n, i := range order {
			if n > 0 {
				out = append(out, ',')
			}
			out = append(appendText(out, x.keys[i]), ':')
			out = appendCanonical(out, x.vals[i])
		}
		return append(out, '}')
	}
	panic(fmt.Sprintf("no JSON value: %T", v))
}

func appendText(out []byte, s string) []byte {
	out = append(out, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' {
			continue
		}
		out = append(out, s[start:i]...)
		start = i + 1
		if j := bytes.IndexByte([]byte("\"\\\b\f\n\r\t"), c); j >= 0 {
			out = append(out, '\\', `"\bfnrt`[j])
		} else {
			out = append(out, fmt.Sprintf(`\u%04x`, c)...)
		}
	}
	return append(append(out, s[start:]...), '"')
}

func canonical(v Value) []byte { return appendCanonical(nil, v) }

// hash is H of §1.
func hash(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func hashText(s string) string { return hash([]byte(s)) }

// equal tells whether two JSON values are one: same types, keys and order of lists (§10.1).
func equal(a, b Value) bool {
	switch x := a.(type) {
	case []Value:
		y, ok := b.([]Value)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !equal(x[i], y[i]) {
				return false
			}
		}
		return true
	case *Object:
		y, ok := b.(*Object)
		if !ok || len(x.keys) != len(y.keys) {
			return false
		}
		for i, k := range x.keys {
			v, there := y.get(k)
			if !there || !equal(x.vals[i], v) {
				return false
			}
		}
		return true
	}
	switch b.(type) {
	case []Value, *Object:
		return false
	}
	return a == b
}

// What follows reads a value of one type and refuses any other; where says to a person what it is.

func asObject(v Value, where string) *Object {
	if o, ok := v.(*Object); ok {
		return o
	}
	refuse("%s应为对象", where)
	return nil
}

func asList(v Value, where string) []Value {
	if l, ok := v.([]Value); ok {
		return l
	}
	refuse("%s应为列表", where)
	return nil
}

func asText(v Value, where string) string {
	if s, ok := v.(string); ok {
		return s
	}
	refuse("%s应为文本", where)
	return ""
}

func asBool(v Value, where string) bool {
	if b, ok := v.(bool); ok {
		return b
	}
	refuse("%s应为 true 或 false", where)
	return false
}

func asInt(v Value, where string, least, most int64) int64 {
	if n, ok := v.(int64); ok && n >= least && n <= most {
		return n
	}
	if most == maxInteger {
		refuse("%s应为不小于 %d 的整数", where, least)
	}
	refuse("%s应为 %d 到 %d 的整数", where, least, most)
	return 0
}

func asTexts(v Value, where string) []string {
	l := asList(v, where)
	texts := make([]string, len(l))
	for i, e := range l {
		if text, ok := e.(string); ok {
			texts[i] = text
		} else {
			asText(e, where+"各项")
		}
	}
	return texts
}

func (o *Object) need(key, where string) Value {
	v, ok := o.get(key)
	if !ok {
		refuse("%s缺少 %s", where, key)
	}
	return v
}

// Names are put together only for a refusal: most fields are sound, and there are many.

func (o *Object) object(key, where string) *Object {
	v := o.need(key, where)
	if inner, ok := v.(*Object); ok {
		return inner
	}
	return asObject(v, where+" "+key+" ")
}

func (o *Object) list(key, where string) []Value {
	v := o.need(key, where)
	if list, ok := v.([]Value); ok {
		return list
	}
	return asList(v, where+" "+key+" ")
}

func (o *Object) text(key, where string) string {
	v := o.need(key, where)
	if s, ok := v.(string); ok {
		return s
	}
	return asText(v, where+" "+key+" ")
}

func (o *Object) texts(key, where string) []string {
	return asTexts(o.list(key, where), where)
}

func (o *Object) boolean(key, where string) bool {
	v := o.need(key, where)
	if b, ok := v.(bool); ok {
		return b
	}
	return asBool(v, where+" "+key+" ")
}

func (o *Object) integer(key, where string, least, most int64) int64 {
	v := o.need(key, where)
	if n, ok := v.(int64); ok && n >= least && n <= most {
		return n
	}
	return asInt(v, where+" "+key+" ", least, most)
}

// isHash tells whether s is 64 lower-case hexadecimal digits.
func isHash(s string) bool {
	if len(s) != 64 {
		return false
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; !(c >= '0' && c <= '9' || c >= 'a' && c <= 'f') {
			return false
		}
	}
	return true
}

func asHash(v Value, where string) string {
	s, ok := v.(string)
	if !ok || !isHash(s) {
		refuse("%s应为 64 位小写十六进制数字", where)
	}
	return s
}

func (o *Object) hash(key, where string) string {
	return asHash(o.need(key, where), where+" "+key+" ")
}

func textValues(texts []string) []Value {
	values := make([]Value, len(texts))
	for i, s := range texts {
		values[i] = s
	}
	return values
}
