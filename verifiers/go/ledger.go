package main

import (
	"bytes"
	"strings"
)

// §9: the ledger.

var zeros = strings.Repeat("0", 64)

// ledgerLine is the line of an entry.
func ledgerLine(entry *Object, previous string) string {
	line := object()
	for i, k := range entry.keys {
		line.set(k, entry.vals[i])
	}
	line.set("previous", previous)
	line.set("hash", hash(canonical(line)))
	return string(canonical(line))
}

// A ledger is what is read of one.
type ledger struct {
	hashes  []string
	entries []*Object
}

// begins tells whether l is the beginning of m, or all of it.
func (l ledger) begins(m ledger) bool {
	if len(l.hashes) > len(m.hashes) {
		return false
	}
	for i, h := range l.hashes {
		if m.hashes[i] != h {
			return false
		}
	}
	return true
}

func (l ledger) head() string {
	if len(l.hashes) == 0 {
		return zeros
	}
	return l.hashes[len(l.hashes)-1]
}

func (l ledger) holds(head string) bool {
	return head == zeros || contains(l.hashes, head)
}

// readLedger refuses a ledger that doesn't chain.
func readLedger(data []byte) ledger {
	var l ledger
	if len(data) == 0 {
		return l
	}
	for i, line := range bytes.Split(bytes.TrimSuffix(data, []byte("\n")), []byte("\n")) {
		v, why := readJSON(line)
		if why != nil {
			refuse("登记簿第 %d 行读不出：%s", i+1, why)
		}
		entry, ok := v.(*Object)
		if !ok {
			refuse("登记簿第 %d 行不是对象", i+1)
		}
		if entry.integer("n", "登记簿", 1, maxInteger) != int64(i+1) {
			refuse("登记簿第 %d 行的序号不对：有行被删、被加或换了位置", i+1)
		}
		if entry.hash("previous", "登记簿") != l.head() {
			refuse("登记簿第 %d 行接不上前一行：有行被改、被删或换了位置", i+1)
		}
		rest := object()
		for j, k := range entry.keys {
			if k != "hash" {
				rest.set(k, entry.vals[j])
			}
		}
		if entry.hash("hash", "登记簿") != hash(canonical(rest)) {
			refuse("登记簿第 %d 行被改过：内容与其哈希值不符", i+1)
		}
		if !bytes.Equal(canonical(entry), line) {
			refuse("登记簿第 %d 行的写法（空格、字段次序或换行）被改过，内容未变", i+1)
		}
		l.hashes = append(l.hashes, entry.text("hash", "登记簿"))
		l.entries = append(l.entries, entry)
	}
	return l
}
