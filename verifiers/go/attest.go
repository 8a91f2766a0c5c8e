package main

import (
	"crypto/ed25519"
	"encoding/hex"
	"math/big"
	"regexp"
	"strconv"
	"time"
)

// §10.8: attestations of custodians.

const maxKeys = 100

// A custodians is what an event says of those who keep the commitment.
type custodians struct {
	names []string
	keys  map[string]string // public keys by name
}

func readCustodians(event *Object) custodians {
	const where = "公开随机事件"
	c := custodians{keys: map[string]string{}}
	if event.has("custodians") {
		c.names = event.texts("custodians", where)
	}
	if !event.has("keys") {
		return c
	}
	list := event.list("keys", where)
	if len(list) > maxKeys {
		refuse("保管人的公钥最多 %d 个", maxKeys)
	}
	seen := textSet{}
	for _, v := range list {
		entry := asObject(v, "公钥")
		name, key := entry.text("name", "公钥"), entry.hash("key", "公钥")
		if _, twice := c.keys[name]; twice || seen[key] {
			refuse("同一个保管人或同一个公钥出现两次")
		}
		if !contains(c.names, name) {
			refuse("公钥所属的 %s 不在保管人中", name)
		}
		if !goodKey(key) {
			refuse("保管人 %s 的公钥不是有效的 Ed25519 公钥", name)
		}
		c.keys[name] = key
		seen[key] = true
	}
	return c
}

var prime = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))

// goodKey tells whether a key is as §10.8 asks: y from 2 to p − 2, and a point of the curve.
func goodKey(key string) bool {
	raw, e := hex.DecodeString(key)
	if e != nil || len(raw) != 32 {
		return false
	}
	y := fieldElement(raw)
	most := new(big.Int).Sub(prime, big.NewInt(2))
	if y.Cmp(big.NewInt(2)) < 0 || y.Cmp(most) > 0 {
		return false
	}
	// x² = (y² − 1) / (d·y² + 1), d = −121665/121666
	one := big.NewInt(1)
	square := new(big.Int).Mul(y, y)
	d := new(big.Int).ModInverse(big.NewInt(121666), prime)
	d.Mul(d, big.NewInt(-121665)).Mod(d, prime)
	below := new(big.Int).Mul(d, square)
	below.Add(below, one).Mod(below, prime)
	above := new(big.Int).Sub(square, one)
	above.Mul(above, below.ModInverse(below, prime)).Mod(above, prime)
	return above.ModSqrt(above, prime) != nil
}

// fieldElement is y of 32 bytes, little-endian, the highest bit left out.
func fieldElement(raw []byte) *big.Int {
	reversed := make([]byte, 32)
	for i, b := range raw {
		reversed[31-i] = b
	}
	reversed[0] &= 0x7f
	return new(big.Int).SetBytes(reversed)
}

// goodSignature is the rule of §10.8; all but message are hexadecimal.
func goodSignature(key string, message []byte, signature string) bool {
	rawKey, e1 := hex.DecodeString(key)
	rawSignature, e2 := hex.DecodeString(signature)
	return e1 == nil && e2 == nil && goodKey(key) && len(rawSignature) == ed25519.SignatureSize &&
		ed25519.Verify(rawKey, message, rawSignature)
}

func isHex(s string, digits int) bool {
	return len(s) == digits && within(s, "0123456789abcdef")
}

// An attestation is an entry of entropy.attestation.
type attestation struct {
	custodian, received, first16 string
	only, signed                 bool
	signature                    string
}

func readAttestation(v Value) attestation {
	const where = "见证"
	o := asObject(v, where)
	a := attestation{custodian: o.text("custodian", where), received: o.text("received", where),
		first16: o.text("first16", where), only: o.boolean("only", where)}
	if !isHex(a.first16, 16) {
		refuse("见证的前 16 位应为 16 位小写十六进制数字")
	}
	if a.signed = o.has("signature"); a.signed {
		a.signature = o.text("signature", where)
		if !isHex(a.signature, 128) {
			refuse("见证的签名应为 128 位小写十六进制数字")
		}
	}
	return a
}

// An attested is what the attestations of a document speak of.
type attested struct {
	round      string
	attempt    int64
	commitment string
	custodians custodians
}

func attestedOf(o *Object, kind string) attested {
	where := roundOf(o, kind)
	return attested{where.text("round", kind), where.integer("attempt", kind, 1, maxInteger),
		o.text("commitment", kind), readCustodians(where.object("event", kind))}
}

// validFor tells whether the signature of an attestation is that of its custodian for the statement.
func (a attestation) validFor(t attested) bool {
	key, ok := t.custodians.keys[a.custodian]
	return ok && goodSignature(key, canonical(object("view", "attestation", "protocol", protocol,
		"round", t.round, "attempt", t.attempt, "commitment", t.commitment,
		"custodian", a.custodian, "key", key, "received", a.received, "only", a.only)), a.signature)
}

// checkAttestations is what V4 asks of them.
func checkAttestations(o *Object, kind string) {
	entropy := o.object("entropy", kind)
	if !entropy.has("attestation") {
		return
	}
	list := entropy.list("attestation", "entropy")
	for _, v := range list {
		if a := readAttestation(v); a.signed && !a.validFor(attestedOf(o, kind)) {
			refuse("保管人 %s 的见证签名无效", a.custodian)
		}
	}
}

// attesting counts the custodians who attest in the sense of §10.7, and those who do so by signature.
func attesting(o *Object, kind string) (all, signed int) {
	names, signers := textSet{}, textSet{}
	attempt(func() {
		t := attestedOf(o, kind)
		eventTime, ok := moment(roundOf(o, kind).object("event", kind).text("time", kind))
		if !ok {
			return
		}
		for _, v := range o.object("entropy", kind).list("attestation", "entropy") {
			attempt(func() {
				a := readAttestation(v)
				received, ok := moment(a.received)
				if !ok || !received.Before(eventTime) || !a.only ||
					!contains(t.custodians.names, a.custodian) || len(t.commitment) < 16 ||
					t.commitment[:16] != a.first16 || a.signed && !a.validFor(t) {
					return
				}
				names[a.custodian] = true
				if a.signed {
					signers[a.custodian] = true
				}
			})
		}
	})
	return len(names), len(signers)
}

var momentForm = regexp.MustCompile(
	`^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,6}))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$`)

// moment reads a time of §10.8.
func moment(s string) (time.Time, bool) {
	m := momentForm.FindStringSubmatch(s)
	if m == nil {
		return time.Time{}, false
	}
	n := make([]int, len(m))
	for i, digits := range m {
		n[i], _ = strconv.Atoi(digits)
	}
	micro, _ := strconv.Atoi((m[7] + "000000")[:6])
	t := time.Date(n[1], time.Month(n[2]), n[3], n[4], n[5], n[6], micro*1000, time.UTC)
	if n[1] < 1 || t.Month() != time.Month(n[2]) || t.Day() != n[3] || n[4] > 23 || n[5] > 59 ||
		n[6] > 59 || n[9] > 23 || n[10] > 59 {
		return time.Time{}, false
	}
	offset := time.Duration(n[9])*time.Hour + time.Duration(n[10])*time.Minute
	if m[8] == "-" {
		offset = -offset
	}
	return t.Add(-offset), true
}

var ofAttestation = []string{"view", "protocol", "round", "attempt", "commitment", "custodian",
	"key", "received", "only", "signature"}

// checkAttestationDocument is V3 of attestation.json.
func checkAttestationDocument(o *Object) {
	const where = "见证"
	only(o, where, ofAttestation...)
	for _, field := range []string{"round", "custodian", "received"} {
		o.text(field, where)
	}
	o.integer("attempt", where, 1, maxInteger)
	o.hash("commitment", where)
	o.boolean("only", where)
	key, signature := o.hash("key", where), o.text("signature", where)
	rest := object()
	for i, k := range o.keys {
		if k != "signature" {
			rest.set(k, o.vals[i])
		}
	}
	if !isHex(signature, 128) || !goodSignature(key, canonical(rest), signature) {
		refuse("见证的签名无效：内容被改，或不是用这个密钥签的")
	}
}

// only refuses fields beside those named, and a named one that is missing.
func only(o *Object, where string, fields ...string) {
	for _, field := range fields {
		o.need(field, where)
	}
	if len(o.keys) != len(fields) {
		refuse("%s有多余的字段", where)
	}
}
