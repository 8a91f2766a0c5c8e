package main

import "regexp"

// §10.7: banners.

var bannerTexts = map[string]string{
	"voided":        "本次抽取已作废",
	"demonstration": "演示批次",
	"elsewhere":     "外部抽取",
	"beacon":        "信标签名未核验",
	"uniqueness":    "唯一性未证实",
	"typed":         "唯一性只有文字证明",
}

var voidStage = regexp.MustCompile(`^[0-9]{2,}-void$`)

// banners are the names of those shown of a document, in order. ledgers are those that hold.
func banners(o *Object, kind string, ledgers []ledger) []string {
	shown := []string{}
	show := func(name string, needed bool) {
		if needed {
			shown = append(shown, name)
		}
	}
	where := part10(o, kind, "")
	show("voided", voided(where, ledgers))
	if kind == attestationFile {
		return shown
	}
	parameters := where
	if kind == frozenRecord || kind == drawRecord {
		parameters = part10(o, kind, "parameters")
	}
	demonstration, there := parameters.get("demonstration")
	show("demonstration", !there || demonstration != false)
	platform, there := parameters.get("official_draw")
	show("elsewhere", parameters == nothing || there && platform != "here")
	if kind == frozenRecord || kind == notice {
		return shown
	}
	event := part10(o, kind, "event")
	kindOfEvent, _ := event.get("kind")
	text, isText := kindOfEvent.(string)
	show("beacon", !isText || text == "beacon")
	all, signed := attesting(o, kind)
	show("uniqueness", all < 2)
	show("typed", all >= 2 && signed < 2)
	return shown
}

var nothing = &Object{}

// part10 is a field of the object that holds round, attempt and event (itself if none is named);
// nothing if it is no object.
func part10(o *Object, kind, field string) *Object {
	where := o
	if kind != frozenRecord && kind != drawRecord && kind != attestationFile {
		where = objectIn(o, "committed")
	}
	if field == "" {
		return where
	}
	return objectIn(where, field)
}

func objectIn(o *Object, field string) *Object {
	v, _ := o.get(field)
	if inner, ok := v.(*Object); ok {
		return inner
	}
	return nothing
}

func voided(where *Object, ledgers []ledger) bool {
	round, there := where.get("round")
	attempt, also := where.get("attempt")
	if !there || !also {
		return false
	}
	for _, l := range ledgers {
		for _, entry := range l.entries {
			stage, _ := entry.get("stage")
			text, _ := stage.(string)
			r, _ := entry.get("round")
			a, _ := entry.get("attempt")
			if voidStage.MatchString(text) && equal(r, round) && equal(a, attempt) {
				return true
			}
		}
	}
	return false
}
