// 现场检查表: one team's visits, filled in without a network, kept on this device, exported as one file. Everything shown is set as text.
"use strict";
(function () {
  const given = JSON.parse(document.getElementById("data").textContent);
  const byId = (id) => document.getElementById(id);
  const PLACE = `ssj 现场检查表 ${given.round} ${given.attempt} ${given.commitment} ${given.team.map((one) => one.id).join("、")}`;
  const SIGNED = ["", "企业已签字", "企业拒绝签字（写明情况）", "没有人在场"];
  const PERSONAL = /(^|[^\d.])(1[3-9]\d[- ]?\d{4}[- ]?\d{4}|[1-8]\d{16}[\dXx])($|[^\dA-Za-z])/; // phone and identity numbers never enter an archive
  let filled = { visits: {}, entered_by: "" };

  // --- elements ---

  function element(tag, text, className) {
    const made = document.createElement(tag);
    if (text !== undefined) made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  let last = 0;
  function field(label, control) {
    const name = element("label", label, "field");
    control.id = control.id || `f${(last += 1)}`;
    name.htmlFor = control.id;
    return [name, control];
  }

  function input(type, at, key) {
    const made = element(type === "textarea" ? "textarea" : "input");
    if (type === "textarea") made.rows = 2; else made.type = type;
    made.value = at[key] || "";
    made.addEventListener("input", () => { at[key] = made.value; keep(); });
    return made;
  }

  function choices(title, words, at, key) {
    const made = element("fieldset");
    made.append(element("legend", title));
    for (const word of words) {
      const label = element("label", undefined, "choice"), box = element("input");
      box.type = "checkbox";
      box.checked = at[key].includes(word);
      box.addEventListener("change", () => { at[key] = words.filter((one) => (one === word ? box.checked : at[key].includes(one))); keep(); });
      label.append(box, element("span", word));
      made.append(label);
    }
    return made;
  }

  function select(words, at, key) {
    const made = element("select");
    for (const word of words) { const one = element("option", word || "（请选择）"); one.value = word; made.append(one); }
    made.value = at[key] || "";
    made.addEventListener("change", () => { at[key] = made.value; keep(); });
    return made;
  }

  // --- what is kept on this device ---

  const today = () => new Date(Date.now() + 8 * 3600000).toISOString(); // in Beijing

  function keep() {
    const said = byId("stored");
    try {
      localStorage.setItem(PLACE, JSON.stringify(filled));
      said.textContent = `已保存在这台设备上（${today().slice(11, 16)}）。`;
      said.className = "good";
    } catch (error) {
      said.textContent = "没有保存：这个浏览器不让本页保存内容。关闭以前请先导出文件，否则填写的会丢失。";
      said.className = "bad";
    }
    byId("left").replaceChildren(...missing().map((text) => element("p", text, "warn")));
  }

  function restore() {
    let kept = null;
    try { kept = JSON.parse(localStorage.getItem(PLACE)); } catch (error) { /* nothing that can be read */ }
    filled = kept && typeof kept === "object" && kept.visits ? kept : filled;
    for (const visit of given.visits) {
      const own = filled.visits[visit.number] = Object.assign({ date: "", officers: given.team.map((one) => one.said), scan_code: "", signed: "", team_signed: [], note: "", photos: [], items: {} }, filled.visits[visit.number]);
      for (const item of visit.items) own.items[item.id] = Object.assign({ results: [], measure: [], responsible: "", due: "", remark: "", steps: [] }, own.items[item.id]);
    }
  }

  // --- the page ---

  async function photographed(files, at, list) {
    for (const file of files) {
      const sha256 = ssj.sha256hex(new Uint8Array(await file.arrayBuffer()));
      if (!at.photos.some((one) => one.sha256 === sha256)) at.photos.push({ name: file.name, size: file.size, sha256 });
      keep();
    }
    showPhotos(at, list);
  }

  function showPhotos(at, list) {
    list.replaceChildren(...at.photos.map(function (photo) {
      const line = element("li"), away = element("button", "不算", "plain");
      away.type = "button";
      away.addEventListener("click", () => { at.photos = at.photos.filter((one) => one !== photo); keep(); showPhotos(at, list); });
      line.append(element("span", `${photo.name}（${photo.size} 字节）`), away);
      return line;
    }));
  }

  function itemPart(item, at) {
    const box = element("div", undefined, "item");
    box.append(element("h3", `${item.id} ${item.name}`), element("p", `依据：${item.basis}`), element("p", `内容：${item.content}`));
    box.append(choices("工作指引（做了的打勾，只留在本页）", item.steps, at, "steps"), choices("检查结果", given.results, at, "results"), choices("处置措施（发现问题的必填）", given.measures, at, "measure"));
    box.append(...field("责任单位（写了期限的必填）", input("text", at, "responsible")), ...field("整改期限", input("date", at, "due")), ...field("备注", input("textarea", at, "remark")));
    return box;
  }

  function visitPart(visit) {
    const box = element("details"), at = filled.visits[visit.number], list = element("ul", undefined, "photos");
    box.append(element("summary", `${visit.number} ${visit.name}`), element("p", `编号：${visit.target}`), element("p", `地址：${visit.address || "（没有登记）"}`));
    box.append(...field("检查日期（实际到场的那天）", input("date", at, "date")), choices("到场的检查人员", given.team.map((one) => one.said), at, "officers"));
    box.append(...field("省级扫码入企编号（没有的不填）", input("text", at, "scan_code")));
    for (const item of visit.items) box.append(itemPart(item, at.items[item.id]));
    const pick = element("input");
    pick.type = "file";
    pick.accept = "image/*";
    pick.multiple = true;
    pick.addEventListener("change", () => { photographed([...pick.files], at, list).then(() => { pick.value = ""; }); });
    box.append(element("h3", "照片和签字"), ...field("照片（留在手机里，这里只记文件名、大小和校验码；原件另交）", pick), list);
    box.append(choices("已在现场检查笔录上签字的检查人员", given.team.map((one) => one.said), at, "team_signed"), ...field("企业签字", select(SIGNED, at, "signed")), ...field("拒签等情况", input("textarea", at, "note")));
    showPhotos(at, list);
    return box;
  }

  // --- the file ---

  const answered = (visit) => visit.items.filter((item) => filled.visits[visit.number].items[item.id].results.length);

  /** What keeps the file from being taken in, or is easily forgotten, in words. */
  function missing() {
    const said = [];
    for (const visit of given.visits) {
      const at = filled.visits[visit.number], done = answered(visit);
      if (done.length && !at.date) said.push(`${visit.number}：没有填检查日期`);
      if (done.length && !at.officers.length) said.push(`${visit.number}：没有勾选到场的检查人员`);
      if (done.length && done.length < visit.items.length) said.push(`${visit.number}：还有 ${visit.items.length - done.length} 个事项没有结果`);
      if (at.date && !done.length) said.push(`${visit.number}：填了日期，没有选检查结果，不会导出`);
      if (PERSONAL.test([at.note, ...at.photos.map((one) => one.name), ...Object.values(at.items).map((one) => `${one.remark} ${one.responsible}`)].join(" "))) said.push(`${visit.number}：备注或者照片的文件名里有身份证号、手机号，档案不收，请删去`);
    }
    if (given.visits.some((visit) => answered(visit).length) && !filled.entered_by) said.push("没有选录入人");
    return said;
  }

  function remarkOf(at, item) {
    // in groups: a run of digits in a hash must not look like a phone number
    const photos = at.photos.map((one) => `${one.name}（${one.size} 字节，SHA-256 ${one.sha256.match(/.{8}/g).join("·")}）`);
    return [item.remark.trim(), at.signed, at.note.trim(), at.team_signed.length ? `检查人员已签字：${at.team_signed.join("、")}` : "", photos.length ? `照片 ${photos.length} 张：${photos.join("；")}` : ""].filter(Boolean).join("。");
  }

  const cell = (text) => (/[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
  const line = (cells) => `${cells.map((one) => cell(String(one))).join(",")}\r\n`;

  function rowsOf(visit) {
    const at = filled.visits[visit.number];
    return visit.items.map(function (item) {
      const own = at.items[item.id], row = { number: visit.number, target: visit.target, name: visit.name, item: item.id, item_name: item.name };
      if (own.results.length) {
        Object.assign(row, { date: at.date, officers: at.officers.join("、"), results: own.results.join("；"), measure: own.measure.join("、"), responsible: own.responsible.trim(), due: own.due });
        Object.assign(row, { entered_by: filled.entered_by, entered_on: today().slice(0, 10), scan_code: at.scan_code.trim(), remark: remarkOf(at, own) });
      }
      return given.columns.map(([key]) => row[key] || "");
    });
  }

  /** The file: what it is of, the digest of all the rest, and the table as 结果回填表 has it. */
  function fileText() {
    const head = line([given.mark, given.round, given.attempt, given.commitment, given.team.map((one) => one.id).join("、"), `${today().slice(0, 19)}+08:00`]);
    const rest = [given.columns.map(([, header]) => header), ...given.visits.flatMap(rowsOf)].map(line).join("");
    return `\ufeff${head}${line([given.digest, ssj.sha256hex(head + rest)])}${rest}`;
  }

  function save() {
    const url = URL.createObjectURL(new Blob([fileText()], { type: "text/csv" })), link = element("a");
    link.href = url;
    link.download = `${given.mark} ${given.file} ${today().slice(0, 19).replace(/[-:]/g, "").replace("T", "-")}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60000);
  }

  function draw() {
    byId("head").replaceChildren(...given.banners.map((text) => element("p", text, "warn")), element("p", `${given.bureau}　${given.title}（批次 ${given.round}${given.attempt > 1 ? `，第 ${given.attempt} 次抽取` : ""}）`),
      element("p", `检查期间：${given.window}。检查组：${given.team.map((one) => `${one.said}${one.expert ? "（专家，协助检查）" : ""}`).join("、")}。`), element("p", given.notice, "warn"));
    byId("visits").replaceChildren(element("h2", `检查 ${given.visits.length} 户（点开填写）`), ...given.visits.map(visitPart));
    byId("entered_by").replaceChildren(...["", ...given.team.map((one) => one.name)].map(function (name) { const one = element("option", name || "（请选择）"); one.value = name; return one; }));
    byId("entered_by").value = filled.entered_by;
  }

  restore();
  draw();
  keep();
  byId("entered_by").addEventListener("change", () => { filled.entered_by = byId("entered_by").value; keep(); });
  byId("export").addEventListener("click", save);
  byId("clear").addEventListener("click", function () {
    if (!confirm("清除以后不能恢复。已经导出、交回了吗？")) return;
    filled = { visits: {}, entered_by: "" };
    restore();
    draw();
    try { localStorage.removeItem(PLACE); } catch (error) { /* nothing was kept */ }
    byId("stored").textContent = "已清除。";
  });
  globalThis.ssjField = { fileText }; // for tests, and for whoever wants to see what will be exported
})();
