package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// §3: row salts, leaves, table roots, proofs.

// salter makes the row salts of a record.
type salter struct{ key []byte }

func newSalter(salt string) salter {
	key, e := hex.DecodeString(asHash(salt, "防推码 salt "))
	if e != nil {
		refuse("防推码 salt 应为 64 位小写十六进制数字")
	}
	return salter{key}
}

func (s salter) rowSalt(table, id, part string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(table + "," + id + "," + part))
	return hex.EncodeToString(mac.Sum(nil))
}

func partHash(salt string, values Value) string {
	out := append([]byte(`{"salt":"`), salt...)
	out = appendCanonical(append(out, `","values":`...), values)
	return hash(append(out, '}'))
}

func leafData(id, identityHash, internalHash, ticketSaltHash string) []byte {
	return canonical(object("id", id, "identity", identityHash, "internal", internalHash,
		"ticket", ticketSaltHash))
}

func (s salter) leaf(table string, row *Object) []byte {
	id := row.text("id", "行")
	return leafData(id,
		partHash(s.rowSalt(table, id, "identity"), row.need("identity", "行")),
		partHash(s.rowSalt(table, id, "internal"), row.need("internal", "行")),
		hashText(s.rowSalt(table, id, "ticket")))
}

type digest = [32]byte

func leafHash(data []byte) digest {
	return sha256.Sum256(append([]byte{0}, data...))
}

func nodeHash(left, right digest) digest {
	var both [65]byte
	both[0] = 1
	copy(both[1:], left[:])
	copy(both[33:], right[:])
	return sha256.Sum256(both[:])
}

// split is the largest power of two below n.
func split(n int64) int64 {
	k := int64(1)
	for k*2 < n {
		k *= 2
	}
	return k
}

func merkleRoot(leaves []digest) digest {
	switch n := int64(len(leaves)); n {
	case 0:
		return sha256.Sum256(nil)
	case 1:
		return leaves[0]
	default:
		k := split(n)
		return nodeHash(merkleRoot(leaves[:k]), merkleRoot(leaves[k:]))
	}
}

func merkleProof(leaves []digest, m int64) []string {
	n := int64(len(leaves))
	if m < 0 || m >= n {
		refuse("没有第 %d 行", m)
	}
	if n == 1 {
		return []string{}
	}
	k := split(n)
	var proof []string
	var sibling digest
	if m < k {
		proof, sibling = merkleProof(leaves[:k], m), merkleRoot(leaves[k:])
	} else {
		proof, sibling = merkleProof(leaves[k:], m-k), merkleRoot(leaves[:k])
	}
	return append(proof, hex.EncodeToString(sibling[:]))
}

// rootFromProof leads from a leaf by a proof to the root that it stands under.
func rootFromProof(data []byte, m, n int64, proof []string) digest {
	if m < 0 || m >= n {
		refuse("行号 %d 不在 0 到 %d 之间", m, n-1)
	}
	if n == 1 {
		if len(proof) > 0 {
			refuse("证明路径过长")
		}
		return leafHash(data)
	}
	if len(proof) == 0 {
		refuse("证明路径过短")
	}
	last := asHash(proof[len(proof)-1], "证明路径各项")
	var s digest
	hex.Decode(s[:], []byte(last))
	k := split(n)
	if m < k {
		return nodeHash(rootFromProof(data, m, k, proof[:len(proof)-1]), s)
	}
	return nodeHash(s, rootFromProof(data, m-k, n-k, proof[:len(proof)-1]))
}
