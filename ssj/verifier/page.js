// The page around the protocol: files in, steps out. Everything shown is set as text, never as markup.
"use strict";
(function () {
  const LARGEST = 256 * 1024 * 1024; // bytes; a draw record of 20,000 targets has about 30 MB
  const KINDS = { draw: "抽取记录", frozen: "封库记录", notice: "封库公告", public: "公开记录", receipt: "一户核验单", ledger: "留痕登记簿" };
  const SAID = new Map([[true, ["相符", "good"]], [false, ["不符", "bad"]], [null, ["未核验", "open"]]]);
  const byId = (id) => document.getElementById(id);
  const results = byId("results"), progress = byId("progress");

  // --- elements ---

  function element(tag, text, className) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  function table(caption, rows, className) { // rows: lists of cells; the first is the row's header
    const made = element("table", undefined, className);
    made.append(element("caption", caption));
    for (const [head, ...cells] of rows) {
      const row = element("tr"), header = element("th", head);
      header.scope = "row";
      row.append(header);
      for (const cell of cells) row.append(cell instanceof Node ? cell : element("td", cell));
      made.append(row);
    }
    return made;
  }

  function stepsTable(steps) {
    return table("核验步骤", steps.map((step) => {
      const [word, kind] = SAID.get(step.holds);
      return [`V${step.number} ${step.name}`, element("td", word, `result ${kind}`), step.detail || ""];
    }));
  }

  function verdict(steps) {
    const failed = steps.filter((s) => s.holds === false), open = steps.filter((s) => s.holds === null);
    if (failed.length) return element("p", `不符：V${failed[0].number} ${failed[0].name}。${failed[0].detail}`, "verdict bad");
    if (open.length) return element("p", `能核验的 ${steps.length - open.length} 步都相符；另有 ${open.length} 步未核验，未核验不等于相符。`, "verdict good");
    return element("p", `${steps.length} 步全部相符。`, "verdict good");
  }

  // --- what a file says of itself ---

  function facts(answer) {
    const rows = [["文件校验码（SHA-256）", element("td", answer.digest)]];
    for (const [name, value] of answer.facts) rows.push([name, value]);
    return table("这份文件", rows);
  }

  function show(answer) {
    const box = element("section", undefined, "file");
    box.append(element("h2", answer.kind ? `${KINDS[answer.kind]}：${answer.name}` : answer.name));
    if (answer.error) {
      box.append(element("p", `没有核验：${answer.error}`, "verdict bad"));
    } else {
      for (const banner of answer.banners) box.append(element("p", banner, "banner"));
      box.append(verdict(answer.steps), stepsTable(answer.steps), facts(answer));
      if (answer.amendments.length) box.append(table("抽后调整", answer.amendments, "amendments"));
    }
    results.append(box);
    return box;
  }

  function showTogether(steps) {
    const box = element("section", undefined, "file");
    box.append(element("h2", "各份文件互相一致"), verdict(steps), stepsTable(steps));
    results.append(box);
  }

  // --- the work, in a worker where the browser has one for this page, else here ---

  function work(scope) {
    const ssj = scope.ssj, documents = [];
    let ledger = null, sound = true;

    function text(value) {
      return typeof value === "string" || typeof value === "number" ? String(value) : "（无）";
    }

    function kindOf(document) {
      if (document.tables) return document.entropy ? "draw" : "frozen";
      return document.view;
    }

    const isElsewhere = (document) => ssj.drawnElsewhere(document.committed || document.parameters);

    // Rows of the table of amendments: of a draw record visit, who left and who came, date and reason; of a public record what it counts.
    function amendmentsOf(kind, document) {
      const amendments = document.amendments || [], why = (one) => [one.date, one.reason].filter(Boolean).map(text).join("，");
      if (kind === "public") return amendments.map((one, i) => [`第 ${i + 1} 次调整`, `${text(one.visits)} 户次`, why(one)]);
      if (kind !== "draw") return [];
      const names = (table) => new Map(document.tables[table].map((row) => [row.id, `${text(row.identity.name)}（${row.id}）`]));
      const targets = names("targets"), people = names("officers");
      return amendments.flatMap((one) => one.visits.map(function (visit) {
        const came = one.taken.find((entry) => entry.visit === visit);
        return [text(targets.get(visit)), `${text(people.get(one.officer))}换为${text(came && people.get(came.officer))}`, why(one)];
      }));
    }

    function factsOf(kind, document) {
      const opened = document.committed || document, found = [];
      const add = (name, value) => found.push([name, text(value)]);
      add("批次", opened.round);
      add("第几次抽取", opened.attempt);
      add("封库校验码", document.commitment);
      if (document.entropy) add("公开随机数", document.entropy.text);
      if (document.seed) add("抽取随机数", document.seed);
      if (kind === "receipt") {
        add("编号", document.row.id);
        add("名称", document.row.identity.values.name);
        add("本次是否抽中", document.drawn ? "抽中" : "未抽中");
        if (document.drawn) add("检查事项", document.items.map((item) => text(item.name)).join("、"));
        add("待计算的文本", `${document.seed},target,${document.row.id},${document.ticket_salt}`);
        add(isElsewhere(document) ? "签号（外部抽取，不决定是否抽中）" : "签号", document.ticket);
      } else if (kind === "notice" || kind === "public") {
        add("名录库检查对象", `${document.public_list.targets.length + document.public_list.unnamed} 个，其中不公开名称 ${document.public_list.unnamed} 个`);
      }
      if (Array.isArray(document.visits)) add("入企检查", `${document.visits.length + (document.unnamed_visits || 0)} 户次`);
      return found;
    }

    // Announced custodians who attest that before the event they received this commitment and no other: as params.unique in Python.
    function isUnique(event, document) {
      const sound = (document.entropy.attestation || []).filter((one) => one.only === true && event.custodians.includes(one.custodian)
        && document.commitment.startsWith(one.first16) && Date.parse(one.received) < Date.parse(event.time));
      return new Set(sound.map((one) => one.custodian)).size >= 2;
    }

    function bannersOf(document) {
      const opened = document.committed || document, found = [];
      if ((document.committed || document.parameters).demonstration) found.push("演示批次：样例数据，公开随机数在封库前已知，不作执法依据");
      if (isElsewhere(document)) found.push(ssj.EXTERNAL);
      if (document.entropy && opened.event.kind === "beacon") found.push("公开信标的原始记录照录于档案，其签名未经核验");
      if (document.entropy && !isUnique(opened.event, document)) found.push("唯一性未证实：没有两名以上保管人证明本批次本次只收到这一个封库校验码");
      return found;
    }

    function examine(name, bytes, report) {
      const answer = { name, banners: [], facts: [], amendments: [], digest: ssj.sha256hex(bytes) };
      try {
        const read = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
        if (/\.jsonl$/i.test(name)) {
          answer.kind = "ledger";
          answer.steps = ssj.verifyLedger(read);
          ledger = read;
        } else {
          const document = ssj.parse(read);
          answer.steps = ssj.examine(document, { progress: report });
          answer.kind = kindOf(document);
          documents.push(document);
          try {
            answer.banners = bannersOf(document);
            answer.facts = factsOf(answer.kind, document);
            answer.amendments = amendmentsOf(answer.kind, document);
          } catch (error) { // the steps say what is wrong with a record
            answer.facts = [["说明", "文件内容不完整"]];
          }
        }
        sound = sound && answer.steps.every((step) => step.holds !== false);
      } catch (error) {
        sound = false;
        answer.error = error instanceof ssj.ProtocolError ? error.message
          : error instanceof TypeError ? "不是 UTF-8 文本，或内容不完整" : `读不出：${error.message}`;
      }
      return answer;
    }

    function together() {
      const several = documents.length + (ledger === null ? 0 : 1) > 1;
      return several && sound ? ssj.compare(documents, ledger) : null;
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
    const engine = start();
    let shown = 0;
    try {
      for (const file of files) {
        if (file.size > LARGEST) {
          show({ name: file.name, error: `文件有 ${Math.ceil(file.size / 1048576)} MB，超过本页能核验的 256 MB。请用 Python 核验：python protocol.py 文件名` });
          continue;
        }
        progress.textContent = `正在读取 ${file.name}……`;
        try {
          show(await engine.examine(file.name, await file.arrayBuffer()));
        } catch (error) {
          show({ name: file.name, error: `核验中断（${error.message}）` });
        }
        shown += 1;
      }
      const steps = shown > 1 ? await engine.together() : null;
      if (steps) showTogether(steps);
    } finally {
      engine.close();
      progress.textContent = files.length ? "核验结束。" : "";
      document.body.dataset.done = String(Number(document.body.dataset.done || 0) + 1);
    }
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

  selfTest().then((said) => {
    byId("engine").textContent = said || "";
    if (!said) {
      byId("choose").disabled = true;
      progress.textContent = "本页自带的 SHA-256 与浏览器内置的不一致，不能核验。请换一个浏览器，或重新取得本页。";
    }
  });

  byId("line").addEventListener("input", () => {
    const line = byId("line").value.replace(/[\r\n]+$/, "");
    byId("digest").textContent = line ? ssj.sha256hex(line) : "";
  });
  byId("choose").addEventListener("click", () => byId("files").click());
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
