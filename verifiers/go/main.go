// ssj-verify checks the documents of a random inspection against docs/PROTOCOL.md. It was written
// from that text alone.
package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
)

const usage = `用法：
  ssj-verify 文件…            核验：封库公告、公开记录、一户核验单、draw.json、freeze.json、ledger.jsonl
  ssj-verify --json 文件…     同上，结果为 JSON
  ssj-verify --vectors 文件夹  运行 tests/vectors 中的测试向量
`

func main() {
	debug.SetGCPercent(400) // files are read once and the program ends
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	asJSON := len(args) > 0 && args[0] == "--json"
	if asJSON {
		args = args[1:]
	}
	if len(args) == 2 && args[0] == "--vectors" {
		cases, wrong := runVectors(args[1])
		fmt.Printf("%d 个测试向量，%d 个不符\n", cases, wrong)
		if wrong > 0 || cases == 0 {
			return 1
		}
		return 0
	}
	if len(args) == 0 {
		fmt.Fprint(os.Stderr, usage)
		return 2
	}
	r := verifyFiles(args)
	if asJSON {
		fmt.Println(string(canonical(r.value())))
	} else {
		r.print()
	}
	if r.good() {
		return 0
	}
	return 1
}

// A result is what is said of one file.
type result struct {
	path, kind string
	refused    string // why it is none of the documents
	steps      []step
	document   *Object
	ledger     []byte
}

// A report is what is said of files given together.
type report struct {
	results  []result
	compared []step
}

func verifyFiles(paths []string) report {
	var r report
	var documents []*Object
	var ledgerData []byte
	for _, path := range paths {
		one := verifyFile(path)
		r.results = append(r.results, one)
		if one.document != nil {
			documents = append(documents, one.document)
		}
		if one.ledger != nil {
			ledgerData = one.ledger
		}
	}
	if len(documents) > 1 || len(documents) > 0 && ledgerData != nil {
		r.compared = compare(documents, ledgerData)
	}
	return r
}

func verifyFile(path string) result {
	one := result{path: path}
	data, e := os.ReadFile(path)
	if e != nil {
		one.refused = "读不了这个文件"
		return one
	}
	v, why := readJSON(data)
	if isLedger(data, v) {
		one.kind, one.ledger = ledgerFile, append([]byte{}, data...)
		one.steps = []step{check(1, "留痕登记簿", func() { readLedger(data) })}
		return one
	}
	if why == nil {
		why = attempt(func() { one.kind = recognise(v) })
	}
	if why != nil {
		one.refused = why.Error()
		return one
	}
	one.document = v.(*Object)
	one.steps = examine(v)
	return one
}

// isLedger tells whether a file is a ledger, sound or not: nothing at all, one line, or lines of which
// one at least has what each must have (§9).
func isLedger(data []byte, v Value) bool {
	if v != nil {
		return looksLikeEntry(v)
	}
	for _, line := range bytes.Split(data, []byte("\n")) {
		if entry, why := readJSON(line); why == nil && looksLikeEntry(entry) {
			return true
		}
	}
	return len(data) == 0
}

func looksLikeEntry(v Value) bool {
	o, ok := v.(*Object)
	return ok && o.has("n") && o.has("previous") && o.has("hash")
}

// good tells whether every file was verified and no step fails.
func (r report) good() bool {
	for _, one := range r.results {
		if one.refused != "" || failing(one.steps) {
			return false
		}
	}
	return !failing(r.compared)
}

func failing(steps []step) bool {
	for _, s := range steps {
		if s.holds == false {
			return true
		}
	}
	return false
}

func (r report) value() Value {
	files := []Value{}
	for _, one := range r.results {
		files = append(files, object("file", filepath.Base(one.path), "kind", one.kind,
			"refused", one.refused, "steps", stepValues(one.steps)))
	}
	return object("files", files, "compared", stepValues(r.compared))
}

var signs = map[Value]string{true: "相符", false: "不符", nil: "未核验"}

func (r report) print() {
	for _, one := range r.results {
		name := filepath.Base(one.path)
		if one.refused != "" {
			fmt.Printf("%s：没有核验。%s\n", name, one.refused)
			continue
		}
		fmt.Printf("%s：%s\n", name, one.kind)
		printSteps(one.steps)
	}
	if r.compared != nil {
		fmt.Println("各文件之间：")
		printSteps(r.compared)
	}
}

func printSteps(steps []step) {
	for _, s := range steps {
		fmt.Printf("  V%d %s  %s\n", s.number, signs[s.holds], s.text)
	}
}
