// The page's part for a code of a visit (检查码, PROTOCOL.md §10.9): what was scanned, against the public records that the page knows.
"use strict";
(function () {
  const { byId, element, table, banner, ready } = globalThis.ssjPage;
  const embedded = JSON.parse(byId("known").textContent); // { round, attempt, checks, void, banners, visits } of rounds that the page was published with
  let known = embedded;

  const AGAIN = "请重新扫码，整个二维码都要在画面里；粘贴的，从开头“ssj1”到末尾一个字不少";
  const today = () => new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10); // in Beijing

  /** The code in what was scanned or pasted: without white space, and what stands before it in an address. */
  function codeIn(text) {
    let plain = text.replace(/\s/g, "");
    try { plain = decodeURIComponent(plain); } catch (error) { /* no address */ }
    return plain.slice(plain.lastIndexOf("#") + 1);
  }

  const which = ({ round, attempt }) => `${round}${attempt > 1 ? `（第 ${attempt} 次抽取）` : ""}`;

  /** What is said of a code that could be read: words, their kind, and whether its contents are those of a drawn visit. */
  function verdictOf(check) {
    const mine = known.filter((one) => one.round === check.round && one.attempt === check.attempt);
    let state = "";
    try {
      state = ssj.checkedAgainst(check, mine, mine.some((one) => one.void));
    } catch (error) {
      return [`不符：${error.message}。请不要凭它接受检查，向本单位监督部门反映。`, "bad", false];
    }
    const day = today(), span = `检查期间 ${check.start} 至 ${check.end}`;
    if (state === "void") return [`已作废：批次 ${which(check)} 的抽取已经作废，这份通知书无效。`, "bad", false];
    if (state === "replaced") return ["已作废：抽取以后换了检查人员，这份通知书已由重新出具的代替。请以新的通知书为准。", "bad", false];
    if (state === "unknown") {
      const others = known.filter((one) => one.round === check.round && one.attempt !== check.attempt);
      let why = `本页没有批次 ${which(check)} 的公开记录`;
      if (mine.some((one) => one.checks.length)) why = `这份通知书是第 ${check.amendment} 次抽后调整以后出具的，本页的公开记录还没有这次调整`;
      else if (others.length) why += `，只有同一批次第 ${others.map((one) => one.attempt).join("、")} 次抽取的`;
      return [`没有核验：${why}。请从本单位网站取得公开记录.json，放进本页的文件框里。没有核验不等于有效。`, "open", false];
    }
    if (check.end && day > check.end) return [`已过期：这次检查确是批次 ${which(check)} 抽取的，但${span}，今天（${day}）已过。`, "bad", true];
    if (check.start && day < check.start) return [`还没到：这次检查确是批次 ${which(check)} 抽取的，但${span}，今天（${day}）还没开始。`, "open", true];
    return [`相符：这次检查是批次 ${which(check)} 抽取的，${span}。请核对检查人员的执法证号与下面所列相同。`, "good", true];
  }

  function rowsOf(check, drawn) {
    const shown = drawn ? known.flatMap((one) => (one.round === check.round && one.attempt === check.attempt ? one.visits : [])).filter((one) => one.id === check.visit).pop() : null;
    const names = new Map(shown ? shown.items.map((item) => [item.id, item.name]) : []);
    const list = (values) => values.join("、") || "（无）";
    const rows = [["批次", which(check)], ["检查对象", shown ? `${shown.name}（${check.visit}）` : check.visit], ["检查期间", `${check.start || "（未写明）"} 至 ${check.end || "（未写明）"}`]];
    rows.push(["检查人员执法证号", list(check.officers)]);
    if (check.experts.length) rows.push(["协助的专家", list(check.experts)]);
    if (shown) rows.push(["检查人员", list(shown.officers.map((one) => `${one.name}（${one.department}）`))]);
    rows.push(["检查事项", list(check.items.map((id) => (names.has(id) ? `${names.get(id)}（${id}）` : id)))]);
    rows.push(["出具", check.amendment ? `第 ${check.amendment} 次抽后调整以后` : "抽取时"]);
    return rows;
  }

  function show(text) {
    const box = element("section", undefined, "file"), into = byId("checked");
    into.replaceChildren(box);
    let check = null;
    try {
      check = ssj.read_check(codeIn(text));
    } catch (error) {
      box.append(element("p", `没有核验：${error instanceof ssj.ProtocolError ? error.message : "本页的程序读不出来，请换一个浏览器"}。${AGAIN}。`, "verdict open"));
      return;
    }
    const [words, kind, drawn] = verdictOf(check), own = known.filter((one) => one.round === check.round && one.attempt === check.attempt);
    for (const name of new Set(own.flatMap((one) => one.banners))) box.append(banner(ssj.BANNERS[name]));
    box.append(element("p", words, `verdict ${kind}`), table(drawn ? "这次检查" : "检查码所写的（没有核验，不作数）", rowsOf(check, drawn), "facts"));
    if (drawn) {
      const made = Math.max(...own.map((one) => one.checks.length)) - 1;
      box.append(element("p", `本页知道到${made ? `第 ${made} 次抽后调整` : "抽取"}为止的情况；以后换了检查人员的，本页不知道，请看本单位网站。抽中不等于存在问题。`));
    }
  }

  function fromAddress() {
    const code = location.hash.slice(1);
    if (!code) return;
    byId("code").value = codeIn(code);
    show(code);
    byId("checked").scrollIntoView();
  }

  /** Public and draw records that were given and hold: the code is looked at again. */
  ready((more) => {
    known = embedded.concat(more);
    if (byId("code").value) show(byId("code").value);
  });
  byId("checkit").addEventListener("click", () => { show(byId("code").value); byId("checked").focus({ preventScroll: true }); });
  globalThis.addEventListener("hashchange", fromAddress);
  fromAddress();
})();
