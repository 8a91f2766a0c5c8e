// The page around the protocol: files in, steps out. Everything shown is set as text, never as markup.
"use strict";
(function () {
  const LARGEST = 256 * 1024 * 1024; // bytes; a draw record of 20,000 targets has about 30 MB
  const KINDS = { draw: "抽取记录", frozen: "封库记录", notice: "封库公告", public: "公开记录", receipt: "一户核验单", attestation: "保管人的证明", ledger: "留痕登记簿" };
  const SAID = new Map([[true, ["相符", "good"]], [false, ["不符", "bad"]], [null, ["未核验", "open"]]]);
  const byId = (id) => document.getElementById(id);
  const results = byId("results"), progress = byId("progress");
  let given = () => {}; // what is told of the records that hold, for codes of visits
  let claims = []; // of the files that were given last: { name, published, sound }, for an observer

  // --- elements ---

  function element(tag, text, className) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  /** Text in which hashes stand in groups of eight digits; copied, they are whole. */
  function cell(text, tag) {
    const made = element(tag || "td");
    for (const part of String(text).split(/([0-9a-f]{64,})/)) {
      if (!/^[0-9a-f]{64,}$/.test(part)) { made.append(part); continue; }
      const hash = element("span", undefined, "hash");
      for (const group of part.match(/.{1,8}/g)) hash.append(element("span", group));
      made.append(hash);
    }
    return made;
  }

  function table(caption, rows, className) { // rows: lists of cells; the first is the row's header
    const made = element("table", undefined, className);
    made.append(element("caption", caption));
    for (const [head, ...cells] of rows) {
      const row = element("tr"), header = element("th", head);
      header.scope = "row";
      row.append(header);
      for (const one of cells) row.append(one instanceof Node ? one : cell(one));
      made.append(row);
    }
    return made;
  }

  const said = (step) => (step.apart ? ["不能对照", "apart"] : SAID.get(step.holds));

  function stepsTable(steps) {
    return table("核验步骤", steps.map((step) => {
      const [word, kind] = said(step);
      return [`V${step.number} ${step.name}`, element("td", word, `result ${kind}`), step.detail || ""];
    }));
  }

  /** The verdict on a document's steps, or on several documents together: what fails first; never green where nothing was compared. */
  function verdict(steps) {
    const failed = steps.filter((s) => s.holds === false), open = steps.filter((s) => s.holds === null), right = steps.length - open.length;
    const apart = steps.find((s) => s.apart);
    let text = `${steps.length} 步全部相符。`, kind = "good";
    if (failed.length) [text, kind] = [`不符：V${failed[0].number} ${failed[0].name}。${failed[0].detail}`, "bad"];
    else if (apart) [text, kind] = [`${apart.detail}。`, "apart"];
    else if (!right) [text, kind] = [`没有核验：${open[0].detail}。未核验不等于相符。`, "open"];
    else if (open.length) text = `能核验的 ${right} 步都相符；另有 ${open.length} 步未核验，未核验不等于相符。`;
    const made = cell(text, "p");
    made.className = `verdict ${kind}`;
    return made;
  }

  // --- what a file says of itself ---

  function facts(answer) {
    return table("这份文件", [["文件校验码（SHA-256）", answer.digest], ...answer.facts], "facts");
  }

  function banner(text) {
    return element("p", text, "banner");
  }

  function show(answer) {
    const box = element("section", undefined, "file"), heading = element("h2", answer.kind ? `${KINDS[answer.kind]}：${answer.name}` : answer.name);
    box.append(heading, ...(answer.banners || []).map(banner));
    if (answer.error) box.append(element("p", `没有核验：${answer.error}`, "verdict open"));
    else {
      box.append(verdict(answer.steps), stepsTable(answer.steps), facts(answer));
      if (answer.amendments.length) box.append(table("抽后调整", answer.amendments, "amendments"));
    }
    results.append(box);
    return box;
  }

  /** What the files say together; `boxes`: those of the files, by place. */
  function showTogether({ steps, left, voided, checks }, boxes) {
    given(checks);
    for (const place of voided) boxes[place].querySelector("h2").after(banner(ssj.BANNERS.voided));
    if (!steps) return [];
    const box = element("section", undefined, "file");
    box.append(element("h2", "各份文件互相一致"));
    if (left.length) box.append(banner(`没有参加对照（读不出或者不符）：${left.join("、")}`));
    box.append(verdict(steps), stepsTable(steps));
    results.append(box);
    return steps;
  }

  // --- the work, in a worker where the browser has one for this page, else here ---

  function work(scope) {
    const ssj = scope.ssj, files = []; // { name, kind, document or text } of those that hold; null for the others

    /** What stands at a dotted path; undefined if there is nothing. */
    const at = (document, path) => path.split(".").reduce((inner, key) => (inner === null || inner === undefined ? undefined : inner[key]), document);
    const list = (value) => (Array.isArray(value) ? value : []);
    const text = (value) => (typeof value === "string" || typeof value === "number" ? String(value) : "（无）");

    const isElsewhere = (document) => ssj.drawnElsewhere(document.committed || document.parameters);

    // Rows of the table of amendments: of a draw record visit, who left and who came, date and reason; of a public record what it counts.
    function amendmentsOf(kind, document) {
      const amendments = list(document.amendments), why = (one) => [at(one, "date"), at(one, "reason")].filter(Boolean).map(text).join("，");
      if (kind === "public") return amendments.map((one, i) => [`第 ${i + 1} 次调整`, `${text(at(one, "visits"))} 户次`, why(one)]);
      if (kind !== "draw") return [];
      const names = (table) => new Map(list(at(document, `tables.${table}`)).map((row) => [at(row, "id"), `${text(at(row, "identity.name"))}（${text(at(row, "id"))}）`]));
      const targets = names("targets"), people = names("officers");
      return amendments.flatMap((one) => list(at(one, "visits")).map(function (visit) {
        const came = list(at(one, "taken")).find((entry) => at(entry, "visit") === visit);
        return [text(targets.get(visit)), `${text(people.get(at(one, "officer")))}换为${text(people.get(at(came, "officer")))}`, why(one)];
      }));
    }

    function factsOf(kind, document) {
      const opened = kind === "attestation" || document.tables ? document : document.committed, found = [];
      const add = (name, value) => found.push([name, text(value)]);
      add("批次", at(opened, "round"));
      add("第几次抽取", at(opened, "attempt"));
      add("封库校验码", document.commitment);
      if (document.entropy) add("公开随机数", at(document, "entropy.text"));
      if (document.seed) add("抽取随机数", document.seed);
      for (const one of ssj.attesting(document)) add("证明只收到这一个的保管人", `${text(one.custodian)}（${one.signature ? "签名证明" : "文字证明"}，${text(one.received)} 收到）`);
      if (kind === "receipt") {
        add("编号", at(document, "row.id"));
        add("名称", at(document, "row.identity.values.name"));
        add("本次是否抽中", document.drawn === true ? "抽中" : document.drawn === false ? "未抽中" : undefined);
        if (document.drawn) add("检查事项", list(document.items).map((item) => text(at(item, "name"))).join("、"));
        add("待计算的文本", `${text(document.seed)},target,${text(at(document, "row.id"))},${text(document.ticket_salt)}`);
        add(isElsewhere(document) ? "签号（外部抽取，不决定是否抽中）" : "签号", document.ticket);
      } else if (kind === "notice" || kind === "public") {
        const named = list(at(document, "public_list.targets")).length, unnamed = at(document, "public_list.unnamed");
        add("名录库检查对象", Number.isSafeInteger(unnamed) ? `${named + unnamed} 个，其中不公开名称 ${unnamed} 个` : undefined);
      } else if (kind === "attestation") {
        add("保管人", document.custodian);
        add("收到的时间", document.received);
        add("证明", document.only === true ? "本批次本次只收到这一个封库校验码" : document.only === false ? "收到过不止一个" : undefined);
        add("公钥", document.key);
      }
      if (Array.isArray(document.visits)) add("入企检查", `${document.visits.length + (document.unnamed_visits || 0)} 户次`);
      return found;
    }

    function examine(name, bytes, report) {
      const answer = { name, banners: [], facts: [], amendments: [], steps: [], digest: ssj.sha256hex(bytes) };
      let file = null;
      try {
        const { kind, document, text: ledger } = ssj.readFile(bytes);
        answer.kind = kind;
        if (document) answer.banners = ssj.banners(document, []).map((one) => ssj.BANNERS[one]); // never throws
        answer.steps = document ? ssj.examine(document, { progress: report }) : ssj.verifyLedger(ledger);
        if (answer.steps.every((step) => step.holds !== false)) file = { kind, document, text: ledger };
        if (document) {
          answer.facts = factsOf(kind, document);
          answer.amendments = amendmentsOf(kind, document);
          answer.published = kind === "attestation" ? undefined : ssj.claim(document);
        }
      } catch (error) {
        file = null;
        answer.error = error instanceof ssj.ProtocolError ? error.message : "本页的程序未能核验这份文件。请换一个浏览器，或者请人用 Python 核验：python protocol.py 文件名";
      }
      files.push({ name, file });
      return answer;
    }

    /** All that hold together: the steps, the names of the files left out, and the places of those whose attempt a ledger voids. */
    function together() {
      const sound = files.map((one) => one.file).filter(Boolean), ledgers = sound.filter((one) => one.kind === "ledger").map((one) => one.text);
      const documents = sound.filter((one) => one.kind !== "ledger").map((one) => one.document);
      const voided = files.map(({ file }, place) => (file && file.document && ssj.banners(file.document, ledgers).includes("voided") ? place : -1));
      return {
        steps: files.length > 1 && sound.length ? ssj.compare(documents, ledgers) : null,
        left: files.filter((one) => !one.file).map((one) => one.name),
        voided: voided.filter((place) => place >= 0),
        checks: documents.flatMap(function (document) {
          const banners = ssj.banners(document, ledgers), visits = document.view === "public" ? document.visits : [];
          return ssj.checksKnown([document]).map((one) => Object.assign({ void: banners.includes("voided"), banners, visits }, one));
        }),
      };
    }

    return { examine, together };
  }

  function inWorker() {
    const source = [byId("protocol").textContent, `const here = (${work})(self);`, `self.onmessage = (event) => {
      const { id, name, bytes, end } = event.data;
      const report = (text, done, total) => self.postMessage({ id, progress: total ? text + " " + done + "/" + total : text });
      self.postMessage({ id, answer: end ? here.together() : here.examine(name, new Uint8Array(bytes), report) });
    };`];
    const worker = new Worker(URL.createObjectURL(new Blob(source, { type: "text/javascript" })));
    const waiting = new Map();
    let count = 0, broken = null;
    worker.onmessage = (event) => {
      const { id, progress: said, answer } = event.data;
      if (said) progress.textContent = `${said}……`;
      else { waiting.get(id).resolve(answer); waiting.delete(id); }
    };
    worker.onerror = (event) => {
      broken = new Error(event.message || "核验程序不能运行");
      for (const one of waiting.values()) one.reject(broken);
      waiting.clear();
    };
    const ask = (message, transfer) => new Promise((resolve, reject) => {
      if (broken) { reject(broken); return; }
      count += 1;
      waiting.set(count, { resolve, reject });
      worker.postMessage({ id: count, ...message }, transfer);
    });
    return { examine: (name, bytes) => ask({ name, bytes }, [bytes]), together: () => ask({ end: true }, []), close: () => worker.terminate() };
  }

  function inPage() {
    const here = work(globalThis);
    const breathe = () => new Promise((done) => setTimeout(done, 20)); // lets the page show what is going on
    return {
      examine: async (name, bytes) => { await breathe(); return here.examine(name, new Uint8Array(bytes), () => {}); },
      together: async () => here.together(), close: () => {},
    };
  }

  function start() {
    try { return inWorker(); } catch (error) { return inPage(); }
  }

  async function verify(files) {
    results.replaceChildren();
    claims = [];
    const engine = start(), boxes = [], failed = [];
    const count = (name, steps) => { if (steps.some((step) => step.holds === false)) failed.push(name); };
    let read = 0, error = "";
    try {
      for (const file of files) {
        progress.textContent = `正在读取 ${file.name}……`;
        let answer = { name: file.name, error: `文件有 ${Math.ceil(file.size / 1048576)} MB，超过本页能核验的 256 MB。请用 Python 核验：python protocol.py 文件名` };
        try {
          if (file.size <= LARGEST) {
            answer = await engine.examine(file.name, await file.arrayBuffer());
            boxes.push(null); // its place among those that the engine knows
          }
        } catch (broken) {
          answer = { name: file.name, error: "核验中断，请重新打开本页再试" };
        }
        const box = show(answer);
        if (boxes[boxes.length - 1] === null) boxes[boxes.length - 1] = box;
        if (!answer.error) { read += 1; count(file.name, answer.steps); }
        if (answer.published) claims.push({ name: box.querySelector("h2").textContent, published: answer.published, sound: answer.steps.every((step) => step.holds !== false) });
      }
      count("各份文件之间", showTogether(await engine.together(), boxes));
    } catch (broken) {
      error = "核验中断，请重新打开本页再试。";
    } finally {
      engine.close();
      const bad = failed.length ? `不符：${failed.join("、")}。` : "没有发现不符。";
      progress.textContent = files.length ? error || `核验结束：${files.length} 份文件，核验了 ${read} 份；${read ? bad : "没有可以核验的文件。"}` : "";
      if (files.length) results.focus({ preventScroll: true });
      if (byId("digits").value || byId("outcome").value) observe();
      document.body.dataset.done = String(Number(document.body.dataset.done || 0) + 1);
    }
  }

  // --- an observer's own record against what was published ---

  /** The verdict on a record of one's own, never green where too little was written down. */
  function observerVerdict(rows) {
    const wrong = rows.find((one) => one.holds === false), [commitment, outcome] = rows;
    const open = rows.filter((one) => one.holds === null && one.name !== "抽中名单"), seen = rows.length > 2 && outcome.name === "公开随机数" && outcome.holds;
    let text = seen ? "公布的公开随机数就是您看到的，抽取随机数由它和您抄下的封库校验码算出；您抄下以后，名录、权数和参数没有换过（在公开随机数产生以前抄下的才作数）。" : "公告的封库校验码就是您抄下的。", kind = "good";
    if (wrong) [text, kind] = [`不符：${wrong.name}。${wrong.detail}。请保存您的原件，向主办单位的监督部门反映。`, "bad"];
    else if (open.length) {
      const part = seen && !commitment.holds ? "公布的公开随机数就是您看到的；但不能证明封库在它产生以前：" : "没有发现不符，但还不能证明什么：";
      [text, kind] = [`${part}${open.map((one) => one.detail).join("；")}。`, "open"];
    }
    const made = cell(text, "p");
    made.className = `verdict ${kind}`;
    return made;
  }

  function observe() {
    const box = element("section", undefined, "file"), into = byId("observed");
    into.replaceChildren(box);
    try {
      const kind = byId("kind").value;
      const written = { digits: ssj.writtenDigits(byId("digits").value), kind, outcome: ssj.writtenOutcome(kind, byId("outcome").value) };
      if (!written.digits && !written.outcome) throw new ssj.ProtocolError("请输入您抄下的封库校验码，或者您自己记的结果");
      const own = ssj.ownSeed(written), mine = [["抄下的封库校验码", `${written.digits || "（没有）"}${written.digits && written.digits.length < 64 ? `（${written.digits.length} 位）` : ""}`], ["自己记的结果", written.outcome || "（没有）"]];
      if (own) mine.push(["由这两样算出的抽取随机数", own.seed], ["待计算的文本", own.line]);
      box.append(element("h3", "您的记录"), table("您输入的", mine, "facts"));
      if (own) box.append(element("p", "公布的抽取随机数应与上面算出的相同；“待计算的文本”可以在任何 SHA-256 工具里算。有参与方的，请放入公开记录。"));
      if (!claims.length) box.append(element("p", "还没有放入公布的文件。把公开记录.json 放进上面的框里，就会在这里对照。", "verdict open"));
      for (const { name, published, sound } of claims) {
        const rows = ssj.observed(written, published, sound);
        box.append(element("h3", name), observerVerdict(rows), table("您的记录与公布的", rows.map((one) => {
          const [word, colour] = SAID.get(one.holds);
          return [one.name, element("td", word, `result ${colour}`), one.detail];
        })));
      }
    } catch (error) {
      box.append(element("p", error instanceof ssj.ProtocolError ? `${error.message}。` : "没有核对成。请换一个浏览器再试。", "verdict open"));
    }
  }

  // --- 试一试: what the sample round publishes, and a receipt in which one character was changed ---

  function examples() {
    const sample = JSON.parse(byId("example").textContent), file = (name, content) => new File([content], name);
    const made = Object.entries(sample).map(([name, document]) => file(name, JSON.stringify(document)));
    const receipt = JSON.stringify(Object.values(sample)[2]);
    return [...made, file("被改动过的一户核验单.json", receipt.replace(/样例第(.)公司/, "样例第9公司"))];
  }

  // --- the digest of one line; the browser's own SHA-256 must agree with ours where the page may use it ---

  const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

  async function selfTest() {
    const lines = ["", "abc", "双随机、一公开", "0".repeat(1000)];
    if (!globalThis.isSecureContext || !globalThis.crypto || !crypto.subtle) return "本页用自带的 SHA-256 计算。";
    for (const line of lines) {
      if (hex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(line))) !== ssj.sha256hex(line)) return null;
    }
    return "本页用自带的 SHA-256 计算，打开时已与浏览器内置的 SHA-256 对照一致。";
  }

  globalThis.ssjPage = { byId, element, table, banner, ready: (work) => { given = work; } };

  selfTest().then((said) => {
    byId("engine").textContent = said || "";
    if (!said) {
      byId("choose").disabled = byId("try").disabled = true;
      progress.textContent = "本页自带的 SHA-256 与浏览器内置的不一致，不能核验。请换一个浏览器，或重新取得本页。";
    }
  });

  byId("line").addEventListener("input", () => {
    const line = byId("line").value.replace(/[\r\n]+$/, "");
    byId("digest").textContent = line ? ssj.sha256hex(line) : "";
  });
  byId("observe").addEventListener("click", () => { observe(); byId("observed").focus({ preventScroll: true }); });
  byId("choose").addEventListener("click", () => byId("files").click());
  byId("try").addEventListener("click", () => verify(examples()));
  byId("files").addEventListener("change", (event) => { verify([...event.target.files]); event.target.value = ""; });
  const drop = byId("drop");
  for (const name of ["dragover", "dragenter"]) document.addEventListener(name, (event) => { event.preventDefault(); drop.classList.add("over"); });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) drop.classList.remove("over"); });
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    if (event.dataTransfer.files.length && !byId("choose").disabled) verify([...event.dataTransfer.files]);
  });
})();
