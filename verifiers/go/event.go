package main

import (
	"fmt"
	"math/big"
	"strings"
)

// §4.1, §4.2, §5: the public random event, the seed, tickets.

var outcomesOf = map[string]int64{"dice": 6, "lottery": 17721088, "lotto": 21425712, "beacon": 2}

const (
	maxCount   = 1024
	maxParties = 100
	leastBits  = 40
)

const (
	lotteryDraw = `(0[1-9]|[12][0-9]|3[0-3])(,(0[1-9]|[12][0-9]|3[0-3])){5}\+(0[1-9]|1[0-6])`
	lottoDraw   = `(0[1-9]|[12][0-9]|3[0-5])(,(0[1-9]|[12][0-9]|3[0-5])){4}\+(0[1-9]|1[0-2])(,(0[1-9]|1[0-2])){1}`
)

// An event is what a verifier reads of one.
type event struct {
	kind    string
	count   int64
	parties []string // the hashes of their numbers
}

// readKind reads kind and count.
func readKind(o *Object) event {
	e := event{kind: o.text("kind", "公开随机事件"), count: o.integer("count", "公开随机事件", 1, maxCount)}
	if outcomesOf[e.kind] == 0 {
		refuse("没有名为 %s 的公开随机事件", e.kind)
	}
	if e.kind == "beacon" && e.count%4 != 0 {
		refuse("随机信标的位数应为 4 的倍数")
	}
	return e
}

// readEvent reads an event whose form is that of its kind.
func readEvent(v Value) event {
	o := asObject(v, "公开随机事件")
	e := readKind(o)
	if o.has("parties") {
		seen := map[string]bool{}
		parties := o.list("parties", "公开随机事件")
		if len(parties) > maxParties {
			refuse("参与方最多 %d 个", maxParties)
		}
		for _, p := range parties {
			party := asObject(p, "参与方")
			party.text("name", "参与方")
			sum := party.hash("sha256", "参与方")
			if seen[sum] {
				refuse("两个参与方交了相同的哈希值")
			}
			seen[sum] = true
			e.parties = append(e.parties, sum)
		}
	}
	readCustodians(o)
	if o.has("time") {
		o.text("time", "公开随机事件")
	}
	form := e.form()
	if m := len(e.parties); m > 0 {
		form += fmt.Sprintf(`(\|[0-9a-f]{64}){%d}`, m)
	}
	if o.text("form", "公开随机事件") != form {
		refuse("公开随机事件的 form 不是这种事件应有的")
	}
	return e
}

func (e event) outcomes() *big.Int {
	return new(big.Int).Exp(big.NewInt(outcomesOf[e.kind]), big.NewInt(e.count), nil)
}

func (e event) enough() bool { return e.outcomes().BitLen() > leastBits }

// form is that of the outcome, without parties.
func (e event) form() string {
	switch e.kind {
	case "dice":
		return fmt.Sprintf("[1-6]{%d}", e.count)
	case "beacon":
		return fmt.Sprintf("[0-9a-f]{%d}", e.count/4)
	}
	draw := lotteryDraw
	if e.kind == "lotto" {
		draw = lottoDraw
	}
	return draw + strings.Repeat("(;"+draw+")", int(e.count)-1)
}

func within(s, characters string) bool {
	return strings.Trim(s, characters) == ""
}

// checkText refuses a text that the event can't have given.
func (e event) checkText(text string) {
	parts := strings.Split(text, "|")
	if len(parts) != 1+len(e.parties) {
		refuse("公开随机数中参与方的数不是 %d 个", len(e.parties))
	}
	good := true
	switch e.kind {
	case "dice":
		good = int64(len(parts[0])) == e.count && within(parts[0], "123456")
	case "beacon":
		good = int64(len(parts[0])) == e.count/4 && within(parts[0], "0123456789abcdef")
	default:
		draws := strings.Split(parts[0], ";")
		good = int64(len(draws)) == e.count
		for _, draw := range draws {
			good = good && e.goodDraw(draw)
		}
	}
	if !good {
		refuse("公开随机数的写法与事先公布的形式不符")
	}
	for i, sum := range e.parties {
		if !isHash(parts[1+i]) || hashText(parts[1+i]) != sum {
			refuse("第 %d 个参与方的数与其事先交的哈希值不符", i+1)
		}
	}
}

func (e event) goodDraw(draw string) bool {
	sides := strings.Split(draw, "+")
	if len(sides) != 2 {
		return false
	}
	if e.kind == "lottery" {
		return ascending(sides[0], 6, 33) && ascending(sides[1], 1, 16)
	}
	return ascending(sides[0], 5, 35) && ascending(sides[1], 2, 12)
}

// ascending tells whether s is count numbers of two digits, from 1 to most, each above the last.
func ascending(s string, count, most int) bool {
	numbers := strings.Split(s, ",")
	last := 0
	for _, n := range numbers {
		if len(n) != 2 || !within(n, "0123456789") {
			return false
		}
		value := int(n[0]-'0')*10 + int(n[1]-'0')
		if value <= last || value > most {
			return false
		}
		last = value
	}
	return len(numbers) == count
}

func seedOf(commitment, text string) string {
	return hashText("ssj/1,seed," + commitment + "," + text)
}

func ticketOf(seed, purpose, id, ticketSalt string) string {
	return hashText(seed + "," + purpose + "," + id + "," + ticketSalt)
}

// ticketNumber is T of §5.
func ticketNumber(ticket string) int64 {
	var n int64
	for i := 0; i < 13; i++ {
		c := ticket[i]
		if c <= '9' {
			n = n<<4 | int64(c-'0')
		} else {
			n = n<<4 | int64(c-'a'+10)
		}
	}
	return n
}
