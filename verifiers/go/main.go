// ssj-verify checks the documents of a random inspection against docs/PROTOCOL.md. It was written
// from that text alone.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
)

const usage = `用法：
  ssj-verify 文件…            核验：封库公告、公开记录、一户核验单、draw.json、freeze.json、ledger.jsonl
  ssj-verify 公开记录.json ssj1.…  同时核对检查码
  ssj-verify --json 文件…     同上，结果为 JSON
  ssj-verify --vectors 文件夹  运行 tests/vectors 中的测试向量
`

// gcFrom is the number of bytes from which memory is collected.
const gcFrom = 1 << 30

func main() {
	debug.SetGCPercent(-1) // files are read once and the program ends
	debug.SetMemoryLimit(gcFrom)
	os.Exit(run(os.Args[1:]))
}

func run(args []string) int {
	asJSON := len(args) > 0 && args[0] == "--json"
	if asJSON {
		args = args[1:]
	}
	if len(args) == 2 && args[0] == "--vectors" {
		var cases, wrong int
		if why := attempt(func() { cases, wrong = runVectors(args[1]) }); why != nil {
			fmt.Fprintln(os.Stderr, why)
			return 2
		}
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
	var paths, codes []string
	for _, a := range args {
		if strings.HasPrefix(a, "ssj1.") {
			codes = append(codes, a)
		} else {
			paths = append(paths, a)
		}
	}
	r := verifyFiles(paths, codes)
	if asJSON {
		fmt.Println(string(canonical(r.value())))
	} else {
		r.print()
	}
	return r.status()
}

// A result is what is said of one file.
type result struct {
	path, kind string
	refused    string // why it is none of the documents
	steps      []step
	banners    []string
	document   *Object
	ledger     *ledger
}

// A report is what is said of files given together.
type report struct {
	results  []result
	compared []step
	codes    []step // what is said of codes of visits, without a number (§10.9)
}

// verifyFiles verifies files one by one, and compares those that hold (§10.4).
func verifyFiles(paths, codes []string) report {
	var r report
	var documents []*Object
	var ledgers []ledger
	for _, path := range paths {
		one := verifyFile(path)
		r.results = append(r.results, one)
		if one.ledger != nil {
			ledgers = append(ledgers, *one.ledger)
		} else if one.document != nil && !failing(one.steps) {
			documents = append(documents, one.document)
		}
	}
	for i, one := range r.results {
		if one.document != nil {
			r.results[i].banners = banners(one.document, one.kind, ledgers)
		}
	}
	if len(documents)+len(ledgers) > 1 {
		r.compared = compare(documents, ledgers)
	}
	for _, code := range codes {
		r.codes = append(r.codes, judgeCode(code, documents, ledgers))
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
	var v Value
	if why := attempt(func() { one.kind, v = kindOfFile(data) }); why != nil {
		one.refused = why.Error()
		return one
	}
	if one.kind == ledgerFile {
		one.steps = []step{check(1, "留痕登记簿", func() {
			l := readLedger(data)
			one.ledger = &l
		})}
		return one
	}
	one.document = v.(*Object)
	one.steps = examine(v)
	return one
}

// status is 1 if a step fails, else 2 if a file was refused, else 0.
func (r report) status() int {
	status := 0
	for _, one := range r.results {
		if failing(one.steps) {
			return 1
		}
		if one.refused != "" {
			status = 2
		}
	}
	if failing(r.compared) || failing(r.codes) {
		return 1
	}
	return status
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
			"refused", one.refused != "", "banners", textValues(one.banners),
			"steps", stepValues(one.steps)))
	}
	o := object("files", files, "compared", nil)
	if r.compared != nil {
		o.set("compared", stepValues(r.compared))
	}
	if r.codes != nil {
		o.set("codes", stepValues(r.codes))
	}
	return o
}

var signs = map[Value]string{true: "相符", false: "不符", nil: "未核验"}

func (r report) print() {
	for _, one := range r.results {
		name := filepath.Base(one.path)
		if one.refused != "" {
			fmt.Printf("%s：没有核验。%s\n", name, one.refused)
			continue
		}
		fmt.Printf("%s：%s\n", name, kindTexts[one.kind])
		for _, banner := range one.banners {
			fmt.Printf("  【%s】\n", bannerTexts[banner])
		}
		printSteps(one.steps)
	}
	if r.compared != nil {
		fmt.Println("各文件之间：")
		printSteps(r.compared)
	}
	for _, s := range r.codes {
		fmt.Printf("检查码  %s  %s\n", signs[s.holds], s.text)
	}
}

func printSteps(steps []step) {
	for _, s := range steps {
		fmt.Printf("  V%d %s  %s\n", s.number, signs[s.holds], s.text)
	}
}
