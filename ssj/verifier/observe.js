/* What an observer wrote down, against what was published (PROTOCOL.md §4.2, §5, §9, §10.4).
   Plain script, after agree.js; adds to ssj: writtenDigits, writtenOutcome, observed. Reads what was typed, no expression of a record. */
(function () {
  "use strict";
  const ssj = (globalThis.ssj = globalThis.ssj || {});
  const { sha256hex } = ssj;
  const { refuse } = ssj.inner;

  const LEAST = 16, SURE = 40, WHOLE = 64, FEWEST = 2n ** 40n; // digits; outcomes (§4.1)
  const SPLIT = { lottery: [6, 1], lotto: [5, 2] }; // numbers before and after the + of a draw
  const SIDES = { lottery: [33, 16], lotto: [35, 12] };

  const plain = (text) => text.normalize("NFKC").toLowerCase();

  /** The digits of a commitment as they were written down, in groups or not; "" if none were. */
  function writtenDigits(text) {
    const digits = plain(text).replace(/[\s\-_.,、。·]/g, "");
    if (!digits) return "";
    if (!/^[0-9a-f]+$/.test(digits)) refuse("封库校验码只有数字 0–9 和字母 a–f，请对照原件重新输入");
    if (digits.length < LEAST || digits.length > WHOLE) refuse("封库校验码应是 " + LEAST + " 到 " + WHOLE + " 位，现在是 " + digits.length + " 位");
    return digits;
  }

  /** The outcome as it was written down, in the form of §4.2; "" if nothing was. Refuses what no outcome of the kind is. */
  function writtenOutcome(kind, text) {
    const typed = plain(text).trim();
    if (!typed) return "";
    if (SPLIT[kind]) return draws(kind, typed);
    const outcome = typed.replace(/[\s\-_.,;、。·]/g, ""), dice = kind === "dice";
    const wrong = Array.from(outcome).findIndex((one) => !(dice ? /[1-6]/ : /[0-9a-f]/).test(one));
    if (wrong >= 0) refuse("第 " + (wrong + 1) + " 个字符“" + Array.from(outcome)[wrong] + (dice ? "”不是骰子的点数 1–6" : "”不是 0–9、a–f"));
    return outcome;
  }

  /** Draws of a lottery: numbers in any order and separated by anything, those after the + last in each draw. */
  function draws(kind, typed) {
    const numbers = (typed.match(/[0-9]+/g) || []).map(Number), [first, after] = SPLIT[kind], each = first + after;
    if (!numbers.length || numbers.length % each) refuse("每期应有 " + first + " 个号码，加号后 " + after + " 个；现在共 " + numbers.length + " 个号码");
    const side = function (from, count, most) {
      const own = numbers.slice(from, from + count).sort((a, b) => a - b);
      const wrong = own.find((one, i) => one < 1 || one > most || own[i - 1] === one);
      if (wrong !== undefined) refuse("号码 " + wrong + " 重复，或者不在 1–" + most + " 之间");
      return own.map((one) => String(one).padStart(2, "0")).join(",");
    };
    const found = [];
    for (let at = 0; at < numbers.length; at += each) found.push(side(at, first, SIDES[kind][0]) + "+" + side(at + first, after, SIDES[kind][1]));
    return found.join(";");
  }

  const OUTCOMES = { dice: [6n, /./g], beacon: [16n, /./g], lottery: [17721088n, /\+/g], lotto: [21425712n, /\+/g] };

  /** Whether an outcome is one of at least 2^40. */
  const enough = (kind, outcome) => OUTCOMES[kind][0] ** BigInt((outcome.match(OUTCOMES[kind][1]) || []).length) >= FEWEST;

  /** What a document says that an observer can hold their own record against; undefined if nothing. */
  function claim(document) {
    if (typeof document.commitment !== "string") return undefined;
    const text = document.entropy && document.entropy.text;
    const { round, attempt } = ssj.inner.top(document) || {};
    return { view: ssj.kindOf(document), commitment: document.commitment, text: typeof text === "string" ? text : undefined, seed: document.seed, of: round + " 第 " + attempt + " 次抽取" };
  }

  const row = (name, holds, detail) => ({ name: name, holds: holds, detail: detail });
  const FEW = "不足 " + SURE + " 位的不作证明：可以预先做出开头相同的两次封库，事后拿出满意的一次";

  function ofCommitment(digits, commitment, of) {
    const name = "封库校验码";
    if (!digits) return row(name, null, "您没有输入抄下的封库校验码");
    if (!commitment.startsWith(digits)) return row(name, false, "您抄下的与公布的不同，公布的是 " + commitment + "（" + of + "；请先核对您抄的是不是这一次的）");
    if (digits.length < SURE) return row(name, null, "您抄下的 " + digits.length + " 位都相同；" + FEW);
    return row(name, true, "您抄下的 " + digits.length + " 位都相同");
  }

  /** A record of one's own, { digits, kind, outcome }, against a document's claim whose own steps hold or not: rows { name, holds, detail }. */
  function observed(written, published, sound) {
    const { digits, kind, outcome } = written, { view, commitment, text, seed, of } = published;
    const rows = [ofCommitment(digits, commitment, of)];
    if (text !== undefined) {
      const [shown, ...parties] = text.split("|");
      if (!outcome) rows.push(row("公开随机数", null, "您没有输入自己记的结果"));
      else if (shown !== outcome) rows.push(row("公开随机数", false, "您记的是 " + outcome + "，公布的是 " + shown));
      else if (!enough(kind, outcome)) rows.push(row("公开随机数", null, "与您记的相同，但可能的结果少于 2^40 种，封库的人可以预先试出满意的结果"));
      else rows.push(row("公开随机数", true, "与您记的相同" + (parties.length ? "；各参与方公开的数照公布的用" : "")));
      const base = digits.length === WHOLE ? digits : commitment, line = "ssj/1,seed," + base + "," + [outcome || shown, ...parties].join("|");
      const from = (digits.length === WHOLE ? "您抄下的封库校验码" : "公布的封库校验码") + (outcome ? "和您记的结果" : "和公布的结果"), found = sha256hex(line);
      rows.push(row("抽取随机数", found === seed, found === seed ? "由" + from + "算出" : "由" + from + "算得 " + found + "，公布的是 " + seed));
    }
    rows.push(row("这份文件本身", sound, sound ? "重新计算，没有不符" : "见上面的核验步骤"));
    if (view === "public") rows.push(row("抽中名单", null, "谁该抽中，由抽取随机数和全部资料决定，由复核人员核验"));
    return rows;
  }

  /** What an observer's own record gives without any file: the seed and the line to hash; undefined unless all 64 digits are there. */
  function ownSeed({ digits, outcome }) {
    if (digits.length !== WHOLE || !outcome) return undefined;
    const line = "ssj/1,seed," + digits + "," + outcome;
    return { line: line, seed: sha256hex(line) };
  }

  Object.assign(ssj, { writtenDigits, writtenOutcome, claim, observed, ownSeed });
})();
